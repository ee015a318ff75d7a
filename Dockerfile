# SPDX-License-Identifier: Apache-2.0
# An image of the wheel: scripts/package deps && scripts/package wheel && docker build -t hyportrait .
# docker run --rm --gpus all -v "$PWD:/work" hyportrait animate --ref face.png --drive clip.mp4
ARG BASE=debian:12-slim
FROM ${BASE} AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv
COPY dist/hyportrait-*.whl /tmp/
RUN python3 -m venv /opt/hyportrait && /opt/hyportrait/bin/pip install --no-cache-dir /tmp/hyportrait-*.whl

FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/* \
  && useradd --create-home --uid 1000 hyportrait
COPY --from=build /opt/hyportrait /opt/hyportrait
ENV PATH=/opt/hyportrait/bin:$PATH
USER hyportrait
WORKDIR /work
ENTRYPOINT ["hyportrait"]
