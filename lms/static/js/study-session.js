/* <study-session data-start="URL" data-kind="video|article">…</study-session>
 *
 * Reports learning to the server, which alone decides what counts (heartbeats of
 * 20 s; see courses/services/study.py). A report that could not be sent is sent
 * again under its number with the newest position, so nothing counts twice and a
 * short break of the network loses nothing. Without data-start nothing counts here,
 * and the film plays freely. A lesson done early (data-done) goes on counting while
 * the server says so.
 *
 * <json-request> sends, <study-time> shows the time. Without JavaScript, or until all
 * three have been loaded, [data-fallback] stands on the page. */
const BEAT_MS = 20000;
const TIMEOUT_MS = 15000;
const AGAIN_MS = 5000;
const LONGEST_DELAY_MS = 20000;
const JITTER_S = 2;
const TONES = [0, 0.3, 0.6]; // seconds

class StudySession extends HTMLElement {
  async connectedCallback() {
    this.video = this.querySelector("video");
    if (!this.dataset.start) return;
    const parts = ["json-request", "study-time"];
    await Promise.all(parts.map((name) => customElements.whenDefined(name)));
    this.request = this.querySelector("json-request");
    this.time = this.querySelector("study-time");
    for (const one of this.querySelectorAll("[data-fallback]")) one.hidden = true;
    this.furthest = Number(this.dataset.furthest) / 1000;
    this.done = "done" in this.dataset;
    this.seq = 0;
    this.unsent = null;
    this.inView = 0;
    this.seenAt = performance.now();
    this.listen();
    if (this.video) this.followVideo();
    else this.followArticle();
    setInterval(() => this.tick(), 1000);
    this.tick();
  }

  listen() {
    document.addEventListener("visibilitychange", () => this.changedView());
    window.addEventListener("pagehide", () => this.leave());
    window.addEventListener("online", () => this.sendAgain());
    this.querySelector("[data-resume]").addEventListener("click", () => this.resume());
    this.querySelector("[data-present]").addEventListener("click", () => this.present());
    // A browser plays a tone only where the person has touched the page before.
    for (const touch of ["click", "touchend", "keydown"]) {
      document.addEventListener(touch, () => this.prepareTone(), { once: true });
    }
  }

  followVideo() {
    const on = (name, action) => this.video.addEventListener(name, action);
    on("loadedmetadata", () => {
      if (this.furthest < this.video.duration - JITTER_S) {
        this.video.currentTime = this.furthest;
      }
    });
    on("play", () => this.begin());
    on("pause", () => this.report());
    on("ended", () => this.report());
    on("ratechange", () => {
      if (this.video.playbackRate > 1) this.video.playbackRate = 1;
    });
    on("timeupdate", () => {
      if (this.video.seeking || this.done) return;
      const now = this.video.currentTime;
      if (now > this.furthest && now < this.furthest + JITTER_S) this.furthest = now;
    });
    on("seeking", () => {
      if (this.done || this.video.currentTime <= this.furthest + JITTER_S) return;
      this.video.currentTime = this.furthest;
      this.say("seek");
    });
    if (!this.video.paused) this.begin();
  }

  followArticle() {
    const end = this.querySelector("[data-end]");
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      this.endSeen = true;
      watcher.disconnect();
      this.report();
    });
    watcher.observe(end);
    this.begin();
  }

  async begin() {
    if (this.session || this.starting) return;
    this.starting = true;
    const starting = this.post(this.dataset.start, {}, "beat");
    const { status, body } = await starting.finally(() => (this.starting = false));
    if (status === 0) this.beginLater();
    else if (status >= 400) this.refused(body);
    else this.begun(body);
  }

  beginLater() {
    this.say("offline");
    this.video?.pause();
    setTimeout(async () => {
      await this.begin();
      if (this.session) this.video?.play();
    }, AGAIN_MS);
  }

  begun(session) {
    this.session = session;
    this.stopped = false;
    this.seq = 0;
    this.unsent = null;
    this.inView = 0;
    this.seenAt = performance.now();
    this.lastReport = performance.now();
    this.say(null);
    if (this.endSeen) this.report();
    if (!this.video) return;
    /* What played before the server's clock ran would not count: play it again. */
    this.furthest = session.position / 1000;
    if (this.video.currentTime > this.furthest) this.video.currentTime = this.furthest;
  }

  /* No more time is counted here, and the page says why. */
  refused({ code }) {
    this.say(code);
    this.stop();
  }

  stop() {
    this.session = null;
    this.stopped = true;
    this.endCheck();
    this.video?.pause();
  }

  get position() {
    if (this.video) return Math.round(this.video.currentTime * 1000);
    return Math.round(this.inView);
  }

  /* Whether time is counted at this moment, or what keeps it from being counted. */
  get state() {
    if (this.starting) return "connecting";
    if (this.offline || this.checking || this.stopped) return null;
    if (this.video && (this.video.paused || this.video.ended)) return "paused";
    if (!this.session) return null;
    if (this.time.missing === 0 && !this.done) return "end";
    if (!this.video) return this.away ? "again" : "counting";
    if (this.video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return "loading";
    return this.video.currentTime < this.furthest - JITTER_S ? "seen" : "counting";
  }

  tick() {
    const now = performance.now();
    const passed = now - this.seenAt;
    this.seenAt = now;
    if (document.hidden) return;
    this.inView += passed;
    const { state } = this;
    if (state === "counting" || state === "again") this.time.learn(passed);
    this.time.say(state);
    if (!this.session || this.checking) return;
    const silent = now - this.lastReport;
    const learning = this.video ? !this.video.paused : true;
    if (learning && silent >= BEAT_MS) this.report();
    const missing = this.time.missing || Infinity;
    if (!this.video && missing * 1000 <= silent) this.report();
  }

  changedView() {
    if (document.hidden) {
      this.video?.pause();
      this.leave();
      this.time.say(null);
    }
    this.away = this.session;
    this.seenAt = performance.now();
  }

  report() {
    if (!this.session) return;
    this.lastReport = performance.now();
    this.latest = this.snapshot();
    if (!this.unsent) this.unsent = ++this.seq;
    this.send();
  }

  /* The page may be gone before an answer comes. */
  leave() {
    if (!this.session) return;
    this.lastReport = performance.now();
    const beat = { seq: ++this.seq, ...this.snapshot().beat };
    this.request.postAndLeave(this.session.beat, beat);
  }

  snapshot() {
    const { position } = this;
    const end = Boolean(this.endSeen);
    return { mark: this.time.mark, beat: { position, end, visible: true, playing: true } };
  }

  async send() {
    if (!this.session || !this.unsent || this.busy) return;
    this.busy = true;
    clearTimeout(this.retry);
    const sent = this.latest;
    const beat = { seq: this.unsent, ...sent.beat };
    const sending = this.post(this.session.beat, beat, "state");
    const answer = await sending.finally(() => (this.busy = false));
    if (!this.session) return;
    if (answer.status === 0 || answer.status >= 500 || answer.status === 429) {
      this.sendLater(answer.retryAfter);
      return;
    }
    this.delay = undefined;
    this.unsent = null;
    this.hear(answer, sent.mark);
    if (this.session && this.latest !== sent) {
      this.unsent = ++this.seq;
      this.send();
    }
  }

  sendLater(retryAfter) {
    this.say("offline");
    this.delay = retryAfter || Math.min(LONGEST_DELAY_MS, (this.delay || 1000) * 2);
    const jitter = this.delay * (0.75 + Math.random() / 2);
    this.retry = setTimeout(() => this.sendAgain(), jitter);
  }

  /* The number stays, the position is today's: the server takes a number once. */
  sendAgain() {
    if (!this.session) return;
    this.latest = this.snapshot();
    this.send();
  }

  hear({ body, status }, mark) {
    if (body.state === undefined) {
      this.refused(body);
      return;
    }
    this.away = null;
    this.time.show(body, mark);
    this.furthest = Math.max(this.furthest, body.furthest / 1000);
    if (body.done) this.finish(body);
    if (!this.session) return;
    if (body.seek_to !== null && this.video) {
      this.furthest = body.seek_to / 1000;
      this.video.currentTime = this.furthest;
      this.say("seek");
    } else {
      this.say(this.done ? "goes_on" : null);
    }
    if (status === 409) this.pause(body.reason);
    else if (body.check !== null) this.check(body.check);
  }

  finish({ counts, complete, next }) {
    this.done = true;
    if (!counts) {
      this.session = null;
      this.stopped = true;
      this.say(complete ? "complete" : "done");
    }
    const link = document.querySelector("[data-study-next]");
    if (link && next) {
      link.href = next;
      link.hidden = false;
      document.querySelector("[data-study-back]").hidden = true;
    }
  }

  pause(reason) {
    this.stop();
    for (const words of this.querySelectorAll("[data-reason]")) {
      words.hidden = words.dataset.reason !== reason;
    }
    this.querySelector("[data-resume]").hidden = reason === "ceiling";
    this.querySelector("[data-pause]").hidden = false;
  }

  async resume() {
    this.querySelector("[data-pause]").hidden = true;
    await this.begin();
    if (this.session) this.video?.play();
  }

  async check(seconds) {
    if (this.checking) return;
    this.wasPlaying = this.video && !this.video.paused;
    this.checking = true;
    const until = performance.now() + seconds * 1000;
    this.video?.pause();
    this.playTone();
    // The question would lie behind a film in full screen.
    await this.leaveFullScreen();
    const box = this.querySelector("[data-check]");
    const left = this.querySelector("[data-check-left]");
    box.hidden = false;
    box.querySelector("button").focus({ preventScroll: false });
    const count = () => {
      const rest = Math.max(0, Math.ceil((until - performance.now()) / 1000));
      left.textContent = rest;
      if (rest === 0) this.pause("presence");
    };
    count();
    this.checkTimer = setInterval(count, 1000);
  }

  leaveFullScreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    if (document.webkitFullscreenElement) return document.webkitExitFullscreen();
    if (this.video?.webkitDisplayingFullscreen) return this.video.webkitExitFullscreen();
    return undefined;
  }

  prepareTone() {
    const Context = window.AudioContext || window.webkitAudioContext;
    if (Context && !this.audio) this.audio = new Context();
  }

  playTone() {
    if (!this.audio) return;
    for (const wait of TONES) {
      const tone = this.audio.createOscillator();
      tone.frequency.value = 880;
      tone.connect(this.audio.destination);
      tone.start(this.audio.currentTime + wait);
      tone.stop(this.audio.currentTime + wait + 0.15);
    }
  }

  endCheck() {
    clearInterval(this.checkTimer);
    this.checking = false;
    this.querySelector("[data-check]").hidden = true;
  }

  async present() {
    if (!this.session || this.answering) return;
    this.answering = true;
    const { mark } = this.time;
    const asking = this.post(this.session.present, {}, "state");
    const answer = await asking.finally(() => (this.answering = false));
    if (!this.session) return;
    if (answer.status === 0) {
      this.say("offline");
      setTimeout(() => this.checking && this.present(), AGAIN_MS);
      return;
    }
    this.endCheck();
    this.hear(answer, mark);
    if (this.session && this.wasPlaying) this.video.play();
  }

  /* A fault of this page stops the counting and is said, never called no network. */
  async post(url, payload, expects) {
    try {
      return await this.request.post(url, payload, { expects, timeout: TIMEOUT_MS });
    } catch (fault) {
      this.refused({ code: "fault" });
      throw fault;
    }
  }

  /* What stands still for good and has no words of its own: "stopped". */
  say(code) {
    const all = [...this.querySelectorAll("[data-say]")];
    const known = !code || all.some((words) => words.dataset.say === code);
    for (const words of all) {
      words.hidden = words.dataset.say !== (known ? code : "stopped");
    }
    this.offline = code === "offline";
  }
}

customElements.define("study-session", StudySession);
