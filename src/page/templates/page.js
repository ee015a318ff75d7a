"use strict";
// The page is text and pictures of files that anybody may have named: everything is set as text, nothing as HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const jobs = data.jobs;
const byId = (id) => document.getElementById(id);
const make = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const storageKey = `hyportrait ratings ${data.key}`;
const state = {hidden: new Set(), search: "", sort: "name", down: false, shown: [], open: null, loaded: new Map()};
let ratings = {};
try {
  ratings = JSON.parse(localStorage.getItem(storageKey)) || {};
} catch {
  // A browser that keeps nothing for files: ratings last as long as the page.
}

const clock = (seconds) => {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

// The figures that any job has, then the plain facts.
const figures = [...new Set(jobs.flatMap((job) => Object.keys(job.figures)))];
const sorts = new Map([
  ["name", (job) => job.name], ["status", (job) => job.status], ["finished", (job) => job.finished],
  ["seconds", (job) => job.seconds], ["frames", (job) => job.frames], ["rating", (job) => ratings[job.name]],
  ...figures.map((name) => [name, (job) => job.figures[name]]),
]);

function compare(a, b) {
  const of = sorts.get(state.sort);
  const [x, y] = [of(a), of(b)];
  const [noX, noY] = [x === undefined || x === null || x === "", y === undefined || y === null || y === ""];
  if (noX || noY) return noX - noY || a.id - b.id; // what has no such figure comes last
  const order = typeof x === "string" ? x.localeCompare(y, "en", {numeric: true}) : x - y;
  return (state.down ? -order : order) || a.id - b.id;
}

function poster(job) {
  const box = make("div", "picture");
  if (job.poster) {
    const image = make("img");
    image.src = `${data.files}/${job.poster}`;
    image.alt = "";
    image.loading = "lazy";
    box.append(image);
    if (job.faded) image.className = "faded";
  } else {
    box.textContent = "no picture";
  }
  return box;
}

const cards = jobs.map((job) => {
  const item = make("li");
  const card = make("button", "card");
  card.dataset.id = job.id;
  const about = make("span", "about");
  about.append(make("span", "name", job.name), make("span", `status ${job.status}`, job.status));
  const facts = [job.frames ? `${job.frames} frames` : "", job.seconds ? clock(job.seconds) : "",
    job.warnings ? `${job.warnings} warning${job.warnings > 1 ? "s" : ""}` : ""].filter(Boolean);
  about.append(make("span", "facts", facts.join(", ")), make("span", "facts rating"));
  if (job.why) about.append(make("span", "why", job.why));
  card.append(poster(job), about);
  card.addEventListener("click", () => openJob(job));
  item.append(card);
  return item;
});
const cardOf = (job) => cards[job.id].firstChild;

function showRating(job) {
  const rating = ratings[job.name];
  cardOf(job).querySelector(".rating").textContent = rating ? `rated ${rating} of 5` : "";
}

function update() {
  const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
  state.shown = jobs
    .filter((job) => !state.hidden.has(job.status))
    .filter((job) => {
      const text = `${job.name} ${job.why}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort(compare);
  byId("grid").replaceChildren(...state.shown.map((job) => cards[job.id]));
  byId("shown").textContent = state.shown.length === jobs.length ? "" : `${state.shown.length} of ${jobs.length} shown`;
}

function rate(job, rating) {
  if (ratings[job.name] === rating) delete ratings[job.name];
  else ratings[job.name] = rating;
  try {
    localStorage.setItem(storageKey, JSON.stringify(ratings));
  } catch {
    // As above: the button saves them.
  }
  showRating(job);
  showStars(job);
}

function showStars(job) {
  byId("stars").replaceChildren(...[1, 2, 3, 4, 5].map((rating) => {
    const button = make("button", "", String(rating));
    button.setAttribute("aria-pressed", String(ratings[job.name] === rating));
    button.setAttribute("aria-label", `Rate ${rating} of 5`);
    button.addEventListener("click", () => rate(job, rating));
    return button;
  }));
}

// A job's settings, plot and paths lie in a script of their own, so that the page stays small; a page from file:// can
// load a script, and nothing else.
window.hyportraitJob = (id, details) => state.loaded.set(id, details);
function load(job) {
  if (state.loaded.has(job.id)) return Promise.resolve(state.loaded.get(job.id));
  return new Promise((resolve) => {
    const script = make("script");
    script.src = `${data.files}/${job.id}.js`;
    script.onload = () => resolve(state.loaded.get(job.id));
    script.onerror = () => resolve({lost: true, settings: [], warnings: []});
    document.head.append(script);
  });
}

const player = {result: null, driver: null, rate: 25, map: (time) => time};

function image(box, url, alt) {
  const picture = make("img");
  picture.src = url;
  picture.alt = alt;
  box.replaceChildren(picture);
}

// A clip; its poster where the browser cannot play it or it has gone.
function clip(box, caption, media, name) {
  caption.textContent = media ? `${name}: ${media.path}` : `${name}: none`;
  box.replaceChildren();
  if (!media) return null;
  const show = (note) => {
    if (media.poster) image(box, `${data.files}/${media.poster}`, name);
    else box.replaceChildren(make("span", "", note));
    caption.textContent = `${name} (${note}): ${media.path}`;
  };
  if (!media.url) {
    show("not found");
    return null;
  }
  if (!media.moving) {
    if (media.still || media.poster) image(box, media.still ? media.url : `${data.files}/${media.poster}`, name);
    else box.replaceChildren(make("span", "", "no pictures"));
    return null;
  }
  const video = make("video");
  video.muted = name === "Driver";
  video.playsInline = true;
  video.preload = "auto";
  video.setAttribute("aria-label", name);
  video.addEventListener("error", () => {
    show("cannot be played here, or has moved");
    if (player.driver === video) player.driver = null;
    if (player.result === video) player.result = null;
  });
  video.src = media.url;
  box.append(video);
  return video;
}

// From the result's time to the driver's: its frames were shown from `first` on, or, where frames were left out, at the
// times of these frames.
function driverTime(details) {
  const points = details.driverTimes || [];
  if (!points.length) return (time) => time;
  if (!details.skipped) return (time) => time + points[0][1];
  return (time) => {
    const frame = time * player.rate;
    for (let i = 1; i < points.length; ++i) {
      const [[f0, t0], [f1, t1]] = [points[i - 1], points[i]];
      if (frame <= f1) return t0 + ((t1 - t0) * (frame - f0)) / (f1 - f0);
    }
    return points[points.length - 1][1];
  };
}

function follow() {
  const {result, driver} = player;
  if (!result) return;
  if (result.requestVideoFrameCallback) {
    result.requestVideoFrameCallback((_, frame) => {
      if (player.result !== result) return;
      keepTogether(frame.mediaTime);
      follow();
    });
  }
  if (driver && result.paused) driver.pause();
}

// A small difference is made up by speed, a large one by a jump.
function keepTogether(time) {
  const {result, driver} = player;
  showTime(time);
  if (!driver || !driver.duration) return;
  const wanted = Math.min(player.map(result.paused ? result.currentTime : time), driver.duration);
  const apart = driver.currentTime - wanted;
  if (result.paused) {
    driver.playbackRate = 1;
    if (Math.abs(apart) > 0.005 && !driver.seeking) driver.currentTime = wanted;
  } else if (Math.abs(apart) > 0.15) {
    if (!driver.seeking) driver.currentTime = wanted + 0.03;
  } else {
    driver.playbackRate = result.playbackRate * (1 - Math.max(-0.5, Math.min(0.5, apart * 6)));
  }
}

function showTime(time) {
  const total = player.result ? player.result.duration || 0 : 0;
  byId("scrub").max = String(total || 1);
  byId("scrub").value = String(time);
  byId("time").textContent = `${time.toFixed(2)} / ${total.toFixed(2)} s`;
}

async function play() {
  const {result, driver} = player;
  if (!result) return;
  if (!result.paused) {
    result.pause();
    if (driver) driver.pause();
    return;
  }
  if (result.ended) seek(0);
  follow();
  await Promise.allSettled([result.play(), driver ? driver.play() : null]);
}

function seek(time) {
  const {result, driver} = player;
  if (!result) return;
  result.currentTime = Math.max(0, Math.min(time, result.duration || 0));
  if (driver) driver.currentTime = player.map(result.currentTime);
  showTime(result.currentTime);
  follow();
}

function step(frames) {
  if (!player.result) return;
  player.result.pause();
  if (player.driver) player.driver.pause();
  // To the middle of a frame: its edge may show its neighbour.
  const frame = Math.floor(player.result.currentTime * player.rate + 1e-6) + frames;
  seek((Math.max(frame, 0) + 0.5) / player.rate);
}

function sentences(job, details) {
  const box = byId("sentences");
  box.replaceChildren();
  if (job.why) box.append(make("p", "sentence", job.why));
  if (job.advice) box.append(make("p", "sentence note", job.advice));
  if (details.lost) box.append(make("p", "sentence", `${data.files}/${job.id}.js: is gone; the page's folder belongs to it`));
  for (const warning of details.warnings) box.append(make("p", "sentence note", warning));
}

function settings(job, details) {
  const box = byId("settings");
  box.replaceChildren();
  const tables = [["Figures", Object.entries(job.figures).map(([name, value]) => [name, String(+value.toPrecision(4))])],
    ["Settings", details.settings]];
  for (const [title, rows] of tables) {
    if (!rows.length) continue;
    const table = make("table");
    for (const [name, value] of rows) {
      const row = make("tr");
      const heading = make("th", "", name);
      heading.scope = "row";
      row.append(heading, make("td", "", value));
      table.append(row);
    }
    box.append(make("h3", "", title), table);
  }
}

async function openJob(job) {
  close();
  state.open = job;
  byId("job-name").textContent = `${job.name} (${job.status})`;
  showStars(job);
  const details = await load(job);
  if (state.open !== job) return;
  sentences(job, details);
  player.rate = details.frameRate || 25;
  player.map = driverTime(details);
  clip(byId("portrait"), byId("portrait-path"), details.portrait, "Portrait");
  player.driver = clip(byId("driver"), byId("driver-path"), details.driver, "Driver");
  player.result = clip(byId("result"), byId("result-path"), details.result, "Result");
  byId("controls").hidden = !player.result;
  for (const video of [player.result, player.driver]) {
    if (video) video.addEventListener("loadedmetadata", () => seek(0));
  }
  if (player.result) {
    player.result.addEventListener("play", () => { byId("play").textContent = "Pause"; });
    player.result.addEventListener("pause", () => { byId("play").textContent = "Play"; });
  }
  byId("strip").replaceChildren();
  if (details.strip) {
    const strip = make("img", "strip");
    strip.src = `${data.files}/${details.strip}`;
    strip.alt = "Frames of the result";
    byId("strip").append(strip);
  }
  byId("plot").replaceChildren();
  if (details.plot) image(byId("plot"), `${data.files}/${details.plot}`, "The figures over time; the numbers are in the metrics file");
  settings(job, details);
  if (!byId("viewer").open) byId("viewer").showModal();
  (player.result ? byId("play") : byId("close")).focus();
  byId("viewer").scrollTop = 0;
}

function close() {
  for (const name of ["result", "driver"]) {
    if (player[name]) {
      player[name].pause();
      player[name].removeAttribute("src");
    }
    player[name] = null;
  }
}

function neighbour(by) {
  const place = state.shown.indexOf(state.open);
  const job = state.shown[place + by];
  if (job) openJob(job);
}

byId("viewer").addEventListener("close", () => {
  const job = state.open;
  close();
  state.open = null;
  if (job) cardOf(job).focus();
});
byId("close").addEventListener("click", () => byId("viewer").close());
byId("previous").addEventListener("click", () => neighbour(-1));
byId("next").addEventListener("click", () => neighbour(1));
byId("play").addEventListener("click", play);
byId("back").addEventListener("click", () => step(-1));
byId("forward").addEventListener("click", () => step(1));
byId("scrub").addEventListener("input", (event) => seek(Number(event.target.value)));
byId("search").addEventListener("input", (event) => {
  state.search = event.target.value;
  update();
});
byId("sort").addEventListener("change", (event) => {
  state.sort = event.target.value;
  update();
});
byId("order").addEventListener("click", () => {
  state.down = !state.down;
  byId("order").textContent = state.down ? "Descending" : "Ascending";
  byId("order").setAttribute("aria-pressed", String(state.down));
  update();
});
byId("save").addEventListener("click", () => {
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify({folder: data.title, ratings}, null, 2)], {type: "application/json"}));
  link.download = "ratings.json";
  link.click();
  URL.revokeObjectURL(link.href);
});

function gridKey(event) {
  const place = state.shown.findIndex((job) => cardOf(job) === document.activeElement);
  if (place < 0) return;
  const columns = getComputedStyle(byId("grid")).gridTemplateColumns.split(" ").length;
  const by = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns}[event.key];
  if (by && state.shown[place + by]) {
    event.preventDefault();
    cardOf(state.shown[place + by]).focus();
  } else if (/^[1-5]$/.test(event.key)) {
    rate(state.shown[place], Number(event.key));
  }
}

function viewerKey(event) {
  if (event.target.tagName === "INPUT" && event.target.type !== "range") return;
  const action = {ArrowLeft: () => step(-1), ArrowRight: () => step(1), ArrowUp: () => neighbour(-1),
    ArrowDown: () => neighbour(1), " ": play}[event.key];
  if (action) {
    event.preventDefault();
    action();
  } else if (/^[1-5]$/.test(event.key)) {
    rate(state.open, Number(event.key));
  }
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (state.open) viewerKey(event);
  else gridKey(event);
});
// A button that has the focus would be pressed by the space that plays.
document.addEventListener("keyup", (event) => {
  if (state.open && event.key === " ") event.preventDefault();
});

byId("title").textContent = data.title;
byId("totals").textContent = data.totals;
const counts = new Map();
for (const job of jobs) counts.set(job.status, (counts.get(job.status) || 0) + 1);
for (const [status, count] of counts) {
  const label = make("label");
  const box = make("input");
  box.type = "checkbox";
  box.checked = true;
  box.value = status;
  box.addEventListener("change", () => {
    if (box.checked) state.hidden.delete(status);
    else state.hidden.add(status);
    update();
  });
  label.append(box, `${count} ${status}`);
  byId("filters").append(label);
}
for (const name of sorts.keys()) {
  const option = make("option", "", name);
  option.value = name;
  byId("sort").append(option);
}
if (!jobs.length) byId("grid").before(make("p", "empty", "No sidecars in this folder."));
jobs.forEach(showRating);
update();
