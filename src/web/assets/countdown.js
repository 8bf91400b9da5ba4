// Counts down on the page and says the rest aloud only at five minutes and at one.

import { duration, fill } from "./page.js";

const kSpokenAt = [300, 60];

export class Countdown {
    #end = 0;
    #last = 0;
    #timer = 0;
    #finished;

    /// `finished` is called once, when the time is up.
    constructor(finished) {
        this.#finished = finished;
    }

    /// (Re)starts with the server's number of seconds; the browser's clock time is never asked.
    start(seconds) {
        this.stop();
        this.#end = performance.now() + seconds * 1000;
        this.#last = seconds;
        this.#timer = setInterval(() => this.#tick(), 1000);
        this.#tick();
    }

    stop() {
        clearInterval(this.#timer);
    }

    #tick() {
        const left = Math.max(0, Math.round((this.#end - performance.now()) / 1000));
        const seconds = String(left % 60).padStart(2, "0");
        fill("clock", `${Math.floor(left / 60)}:${seconds}`);
        const spoken = document.querySelector("#remaining-spoken > span");
        if (spoken !== null && kSpokenAt.some((mark) => this.#last > mark && left <= mark)) {
            fill("remaining", duration(left));
            spoken.hidden = false;
        }
        this.#last = left;
        if (left === 0) {
            this.stop();
            this.#finished();
        }
    }
}
