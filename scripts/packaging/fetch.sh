# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # what scripts/setup.sh and scripts/packaging/deps.sh set
# Sourced by deps.sh: Debian's source packages, by a private list of the machine's own mirror. The lists of the system
# stay as they are. Expects $sources, the folder that holds them.

# Of those who ship a Debian, its archives alone: other lists of the machine have no sources of it.
debian_mirrors() { # prints "URI SUITE" of each
  # shellcheck disable=SC2016 # fields of apt
  apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(CODENAME)' 'Created-By: Packages' |
    awk -F '|' '$1 == "Debian" { print $2, $3 }' | sort -u
}

private_apt() { # private_apt PROGRAM ARGUMENT ...: apt with our lists in place of the system's
  "$1" -o Dir::Etc::sourcelist="$sources/debian.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$sources/lists" -o Dir::Cache="$sources/cache" -o APT::Sandbox::User="$(id -un)" "${@:2}"
}

update_sources() {
  local mirrors
  say "fetching the lists of Debian's sources"
  mkdir -p "$sources"/{lists,cache,log}/partial
  mirrors=$(debian_mirrors)
  [ -n "$mirrors" ] || die "no Debian mirror in this machine's package lists: run apt-get update on a Debian 12"
  awk '{ print "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " $1 " " $2 " main" }' \
    <<<"$mirrors" >"$sources/debian.list"
  private_apt apt-get update -q >"$sources/log/update" 2>&1 ||
    die "the mirror's lists of sources could not be fetched: $sources/log/update"
}

# The archive of upstream is pinned by its hash; Debian's patches on it, which mend security holes, are those of today.
fetch_source() { # fetch_source PACKAGE: its newest Debian revision that the mirror has, unpacked in $sources/PACKAGE
  local package=$1 revision pinned file hash found=
  pinned=$(awk -F '\t' -v p="$package" '$1 == p { print $2; exit }' "$pins")
  mapfile -t revisions < <(private_apt apt-cache showsrc "$package" 2>/dev/null |
    awk -v p="$package" '/^Package: / { name = $2 } /^Version: / && name == p { print $2 }' | sort -Vru)
  for revision in "${revisions[@]}"; do
    if (cd "$sources" && private_apt apt-get source -q --only-source --download-only "$package=$revision") \
      >"$sources/log/$package" 2>&1; then
      found=$revision
      break
    fi
    say "$package $revision is listed, but not on the mirror"
  done
  [ -n "$found" ] || die "Debian's source of $package could not be fetched: $sources/log/$package"
  [ "$found" = "$pinned" ] || say "$package $found (checked with $pinned)"
  while IFS=$'\t' read -r _ _ file hash; do
    [ -e "$sources/$file" ] || die "$package $found is not made from $file, which scripts/packaging/sources.tsv pins"
    echo "$hash  $sources/$file" | sha256sum --quiet --check - || die "$sources/$file is not the archive that is pinned"
  done < <(awk -F '\t' -v p="$package" '$1 == p' "$pins")
  rm -rf "${sources:?}/$package"
  (cd "$sources" && dpkg-source --no-check -x "${package}_${found#*:}.dsc" "$package") >>"$sources/log/$package" 2>&1 ||
    die "Debian's source of $package could not be unpacked: $sources/log/$package"
  echo "$found" >"$sources/$package.revision"
}
