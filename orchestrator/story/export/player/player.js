(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const root = document.documentElement;
  const story = JSON.parse($("story").textContent);
  const voice = $("voice"), seek = $("seek"), text = $("text"), caption = $("caption");
  const words = [...text.querySelectorAll(".w")];
  const sentences = [...text.querySelectorAll(".s")];
  const pictures = [...text.querySelectorAll("img")];
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  // Half of the fade lies before the first word of the new scene, half after.
  const FADE_LEAD_MS = 350, STEP_MS = 5000, HANDS_OFF_MS = 4000;
  const at = { word: -1, sentence: -1, scene: -1, picture: -1 };
  let touched = -HANDS_OFF_MS, captions = false;

  root.classList.add("js");
  $("screen").append(...pictures);
  for (const start of story.scenes.slice(1)) {
    const tick = document.createElement("i");
    tick.style.left = `${(100 * start) / story.duration}%`;
    seek.parentElement.append(tick);
  }

  // Index of the last entry that has begun at `time`, -1 before the first.
  const last = (starts, time) => {
    let low = 0, high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const clock = (ms) => {
    const seconds = Math.floor(ms / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  const nowMs = () => Math.min(voice.currentTime * 1000, story.duration);

  const show = (index) => {
    if (index === at.picture || !pictures.length) return;
    pictures.forEach((picture, i) => {
      picture.classList.toggle("leaving", i === at.picture);
      picture.classList.toggle("shown", i === index);
      picture.setAttribute("aria-hidden", String(i !== index));
    });
    $("stage").style.setProperty("--glow", story.colours[index]);
    at.picture = index;
    const following = pictures[index + 1];
    if (following) following.decode().catch(() => undefined);
  };

  const follow = (sentence) => {
    if (performance.now() - touched < HANDS_OFF_MS) return;
    const inside = getComputedStyle(text).overflowY === "auto";
    const box = sentence.getBoundingClientRect();
    const behavior = still.matches ? "auto" : "smooth";
    if (inside) {
      const middle = box.top + box.height / 2 - text.getBoundingClientRect().top;
      text.scrollBy({ top: middle - text.clientHeight / 2, behavior });
    } else {
      const top = document.querySelector(".theatre").getBoundingClientRect().bottom;
      const bottom = $("controls").getBoundingClientRect().top;
      window.scrollBy({ top: box.top + box.height / 2 - (top + bottom) / 2, behavior });
    }
  };

  const update = () => {
    const time = nowMs();
    const scene = Math.max(0, last(story.scenes, time));
    if (scene !== at.scene) {
      at.scene = scene;
      $("stage").dataset.scene = String(scene);
    }
    show(Math.max(0, last(story.scenes, time + (still.matches || voice.paused ? 0 : FADE_LEAD_MS))));
    const sentence = last(story.sentences, time);
    if (sentence !== at.sentence) {
      sentences.forEach((element, i) => {
        element.classList.toggle("past", i < sentence);
        element.classList.toggle("now", i === sentence);
      });
      at.sentence = sentence;
      if (sentence >= 0) follow(sentences[sentence]);
      if (captions) caption.textContent = sentence < 0 ? "" : sentences[sentence].textContent;
      caption.hidden = !captions || sentence < 0;
    }
    let word = last(story.words, time);
    if (word >= 0 && time > story.ends[word] + 120) word = -1;
    if (word !== at.word) {
      words[at.word]?.classList.remove("on");
      words[word]?.classList.add("on");
      at.word = word;
    }
    if (document.activeElement !== seek || !seek.matches(":active")) seek.value = String(time);
    seek.setAttribute("aria-valuetext", `${clock(time)} / ${clock(story.duration)}`);
    $("now").textContent = clock(time);
  };
  const run = () => {
    update();
    if (!voice.paused) requestAnimationFrame(run);
  };

  const go = (ms) => {
    voice.currentTime = Math.max(0, Math.min(ms, story.duration - 1)) / 1000;
    update();
  };
  const toggle = () => {
    if (voice.paused) voice.play().catch(() => undefined);
    else voice.pause();
  };
  const jump = (starts, by) => {
    // Going back within the first second of a part goes to the part before it.
    const here = Math.max(0, last(starts, nowMs() - (by < 0 ? 1000 : 0)));
    const target = by < 0 ? (starts[here] <= nowMs() - 1000 ? here : here - 1) : last(starts, nowMs()) + 1;
    go(target >= starts.length ? story.duration : starts[Math.max(0, target)] ?? 0);
  };

  const playing = () => {
    const is = !voice.paused && !voice.ended;
    root.classList.toggle("playing", is);
    if (is) root.classList.add("begun");
    $("play").setAttribute("aria-label", is ? story.labels.pause : story.labels.play);
    if (is) requestAnimationFrame(run);
    else update();
  };
  for (const event of ["play", "pause", "ended"]) voice.addEventListener(event, playing);
  for (const event of ["seeked", "timeupdate"]) voice.addEventListener(event, update);

  $("begin").addEventListener("click", () => {
    toggle();
    $("play").focus();
  });
  $("play").addEventListener("click", toggle);
  $("previous").addEventListener("click", () => jump(story.scenes, -1));
  $("next").addEventListener("click", () => jump(story.scenes, 1));
  $("screen").addEventListener("click", toggle);
  seek.addEventListener("input", () => go(Number(seek.value)));
  $("speed").addEventListener("change", (event) => { voice.playbackRate = Number(event.target.value); });
  $("captions").addEventListener("click", () => {
    captions = !captions;
    $("captions").setAttribute("aria-pressed", String(captions));
    if (captions) caption.setAttribute("aria-live", "polite");
    else caption.removeAttribute("aria-live");
    at.sentence = -2;
    update();
  });
  text.addEventListener("click", (event) => {
    const index = words.indexOf(event.target.closest(".w"));
    if (index < 0 || String(getSelection())) return;
    go(story.words[index]);
    voice.play().catch(() => undefined);
  });
  for (const event of ["wheel", "touchmove"]) {
    addEventListener(event, () => { touched = performance.now(); }, { passive: true });
  }

  const keys = {
    " ": toggle, k: toggle,
    ArrowLeft: () => go(nowMs() - STEP_MS), ArrowRight: () => go(nowMs() + STEP_MS),
    ArrowUp: () => jump(story.sentences, -1), ArrowDown: () => jump(story.sentences, 1),
    Home: () => go(0), End: () => go(story.duration),
    p: () => jump(story.scenes, -1), n: () => jump(story.scenes, 1),
    c: () => $("captions").click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select")) return;
    // A focused button is pressed by the space bar, the slider moved by the arrows.
    if (event.key === " " && event.target.closest("button")) return;
    if (event.target === seek && /^(Arrow|Home|End|Page)/.test(event.key)) {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      go(nowMs() + step * STEP_MS);
      return;
    }
    // In the text, up and down scroll.
    if (event.target === text && /^Arrow(Up|Down)$/.test(event.key)) return;
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  if ("mediaSession" in navigator && window.MediaMetadata) {
    navigator.mediaSession.metadata = new MediaMetadata({ title: document.title });
  }
  update();
})();
