/* <study-session data-start="URL" data-kind="video|article">…</study-session>
 *
 * Reports learning to the server, which alone decides what counts (heartbeats of
 * 20 s; see courses/services/study.py). A report that could not be sent is sent
 * again under its number with the newest position, so nothing counts twice and a
 * short break of the network loses nothing. Without data-start nothing counts here,
 * and the film plays freely. A lesson done early (data-done) goes on counting while
 * the server says so.
 * Without JavaScript articles have a form, which this element hides. */
const BEAT_MS = 20_000;
const TIMEOUT_MS = 15_000;
const JITTER_S = 2;

class StudySession extends HTMLElement {
  connectedCallback() {
    this.video = this.querySelector("video");
    const fallback = this.querySelector("[data-fallback]");
    if (fallback) fallback.hidden = true;
    if (!this.dataset.start) return;
    this.furthest = Number(this.dataset.furthest) / 1000;
    this.done = "done" in this.dataset;
    this.seq = 0;
    this.unsent = null;
    this.busy = false;
    this.inView = 0;
    this.seenAt = performance.now();
    this.endSeen = false;
    this.listening = new AbortController();
    this.listen();
    if (this.video) this.followVideo();
    else this.followArticle();
    this.timer = setInterval(() => this.tick(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.listening?.abort();
  }

  on(target, name, action) {
    target.addEventListener(name, action, { signal: this.listening.signal });
  }

  listen() {
    this.on(document, "visibilitychange", () => this.changedView());
    this.on(window, "pagehide", () => this.report({ leaving: true }));
    this.on(window, "online", () => this.sendAgain());
    this.on(this.querySelector("[data-resume]"), "click", () => this.resume());
    this.on(this.querySelector("[data-present]"), "click", () => this.present());
  }

  followVideo() {
    this.on(this.video, "loadedmetadata", () => {
      if (this.furthest < this.video.duration - JITTER_S) {
        this.video.currentTime = this.furthest;
      }
    });
    this.on(this.video, "play", () => this.begin());
    this.on(this.video, "pause", () => this.report());
    this.on(this.video, "ended", () => this.report());
    this.on(this.video, "ratechange", () => {
      if (this.video.playbackRate > 1) this.video.playbackRate = 1;
    });
    this.on(this.video, "timeupdate", () => {
      if (this.video.seeking || this.done) return;
      const now = this.video.currentTime;
      if (now > this.furthest && now < this.furthest + JITTER_S) this.furthest = now;
    });
    this.on(this.video, "seeking", () => {
      if (this.done || this.video.currentTime <= this.furthest + JITTER_S) return;
      this.video.currentTime = this.furthest;
      this.say("seek");
    });
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
    const answer = await this.post(this.dataset.start, {});
    this.starting = false;
    if (!answer.ok) {
      this.say(answer.body?.code ?? "offline");
      if (this.video) this.video.pause();
      else if (!answer.body) setTimeout(() => this.begin(), 5000);
      return;
    }
    this.session = answer.body;
    this.seq = 0;
    this.unsent = null;
    this.inView = 0;
    this.seenAt = performance.now();
    this.lastReport = performance.now();
    this.say(null);
    if (!this.video) return;
    /* What played before the server's clock ran would not count: play it again. */
    this.furthest = this.session.position / 1000;
    if (this.video.currentTime > this.furthest) this.video.currentTime = this.furthest;
  }

  get position() {
    if (this.video) return Math.round(this.video.currentTime * 1000);
    return Math.round(this.inView);
  }

  tick() {
    const now = performance.now();
    if (!document.hidden) this.inView += now - this.seenAt;
    this.seenAt = now;
    if (!this.session || this.checking || document.hidden) return;
    const learning = this.video ? !this.video.paused : true;
    if (learning && now - this.lastReport >= BEAT_MS) this.report();
    const missing = this.missing || Infinity;
    if (!this.video && missing * 1000 <= now - this.lastReport) this.report();
  }

  changedView() {
    if (document.hidden) {
      this.video?.pause();
      this.report({ leaving: true });
    }
    this.seenAt = performance.now();
  }

  report({ leaving = false } = {}) {
    if (!this.session) return;
    this.lastReport = performance.now();
    this.latest = this.snapshot();
    this.unsent ??= ++this.seq;
    this.send({ keepalive: leaving });
  }

  snapshot() {
    return {
      position: this.position,
      visible: true,
      playing: true,
      end: this.endSeen,
    };
  }

  async send({ keepalive = false } = {}) {
    if (!this.session || !this.unsent || this.busy) return;
    this.busy = true;
    clearTimeout(this.retry);
    const sent = this.latest;
    const beat = { seq: this.unsent, ...sent };
    const answer = await this.post(this.session.beat, beat, keepalive);
    this.busy = false;
    if (!answer.body || answer.status >= 500 || answer.status === 429) {
      this.say("offline");
      this.delay = Math.min(20_000, (this.delay ?? 1000) * 2);
      const jitter = this.delay * (0.75 + Math.random() / 2);
      this.retry = setTimeout(() => this.sendAgain(), jitter);
      return;
    }
    this.delay = undefined;
    this.unsent = null;
    this.hear(answer);
    if (this.session && this.latest !== sent) {
      this.unsent = ++this.seq;
      this.send();
    }
  }

  /* The number stays, the position is today's: the server takes a number once. */
  sendAgain() {
    if (!this.session) return;
    this.latest = this.snapshot();
    this.send();
  }

  hear({ body, status }) {
    if (body.state === undefined) {
      this.say(body.code);
      this.video?.pause();
      this.session = null;
      return;
    }
    this.show(body);
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

  show({ credited, missing, furthest }) {
    this.missing = missing;
    this.querySelector("[data-credited]").textContent = this.inWords(credited);
    this.querySelector("[data-missing]").textContent = this.inWords(missing);
    const bar = this.querySelector("[data-bar]");
    bar.max = credited + missing;
    bar.value = credited;
    this.furthest = Math.max(this.furthest, furthest / 1000);
  }

  finish({ counts, complete, next }) {
    this.done = true;
    if (!counts) {
      this.session = null;
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
    this.video?.pause();
    this.session = null;
    this.endCheck();
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

  check(seconds) {
    if (this.checking) return;
    this.wasPlaying = this.video && !this.video.paused;
    this.checking = true;
    this.video?.pause();
    const box = this.querySelector("[data-check]");
    const left = this.querySelector("[data-check-left]");
    const until = performance.now() + seconds * 1000;
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

  endCheck() {
    clearInterval(this.checkTimer);
    this.checking = false;
    this.querySelector("[data-check]").hidden = true;
  }

  async present() {
    if (!this.session) return;
    const answer = await this.post(this.session.present, {});
    if (!answer.body) return this.say("offline");
    this.endCheck();
    this.hear(answer);
    if (this.session && this.wasPlaying) this.video.play();
  }

  async post(url, body, keepalive = false) {
    const token = this.querySelector("[name=csrfmiddlewaretoken]").value;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        keepalive,
      });
      const text = await response.text();
      let found = null;
      try {
        found = JSON.parse(text);
      } catch {
        found = response.status < 500 ? { code: "signed_out" } : null;
      }
      return { ok: response.ok, status: response.status, body: found };
    } catch {
      return { ok: false, status: 0, body: null };
    }
  }

  say(code) {
    for (const words of this.querySelectorAll("[data-say]")) {
      words.hidden = words.dataset.say !== code;
    }
  }

  inWords(seconds) {
    const short = seconds < 120;
    const pattern = short ? this.dataset.seconds : this.dataset.minutes;
    return pattern.replace("{n}", short ? seconds : Math.floor(seconds / 60));
  }
}

customElements.define("study-session", StudySession);
