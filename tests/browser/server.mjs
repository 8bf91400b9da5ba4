// A real sallyportd in profile dev, with a state folder of its own, and the mails that it writes.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { readMail } from "./mail.mjs";

export const kOperator = "operator@example.test";

const kProgram =
    process.env.SALLYPORTD ?? fileURLToPath(new URL("../../build/dev/src/app/sallyportd", import.meta.url));
const kReadyWithin = 60000;
const kMailWithin = 20000;

function ready(child, log) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`not ready in time\n${log.join("\n")}`)), kReadyWithin);
        const listen = (stream) =>
            createInterface({ input: stream }).on("line", (line) => {
                log.push(line);
                const found = /^ready: (http:\/\/\S+)$/.exec(line);
                if (found === null) return;
                clearTimeout(timer);
                resolve(found[1]);
            });
        listen(child.stdout);
        listen(child.stderr);
        child.on("error", reject);
        child.on("exit", (code) => reject(new Error(`sallyportd ended with ${code}\n${log.join("\n")}`)));
    });
}

export class Server {
    #child;
    #log = [];
    #read = new Set();
    #ahead = 0;
    #people = 0;

    static async start() {
        const server = new Server();
        server.state = await mkdtemp(path.join(tmpdir(), "sallyport-browser-"));
        await promisify(execFile)(kProgram, [
            ...["init", "--state", server.state, "--profile", "dev", "--dev-token"],
            ...["--operator", kOperator],
        ]);
        await server.#setClock();
        server.#child = spawn(kProgram, [
            ...["serve", "--config", path.join(server.state, "sallyport.toml"), "--port", "0"],
            ...["--test-clock", server.#clockFile()],
        ]);
        server.origin = await ready(server.#child, server.#log);
        return server;
    }

    async stop() {
        const ended = new Promise((resolve) => this.#child.once("exit", resolve));
        this.#child.kill("SIGTERM");
        const code = await ended;
        await rm(this.state, { recursive: true, force: true });
        if (code !== 0) throw new Error(`sallyportd ended with ${code}\n${this.log()}`);
    }

    /// An address that nobody used before: profile dev makes accounts at the first sign-in. Live links of one account
    /// are few, so each test has a person of its own.
    person() {
        this.#people += 1;
        return `person-${this.#people}@example.test`;
    }

    /// The last lines of the service's log.
    log() {
        return this.#log.slice(-20).join("\n");
    }

    #clockFile() {
        return path.join(this.state, "clock");
    }

    #setClock() {
        return writeFile(this.#clockFile(), `${this.#ahead}\n`);
    }

    /// The service's clock goes ahead; the browser's stays.
    async pass(seconds) {
        this.#ahead += seconds;
        await this.#setClock();
    }

    async #mailFiles() {
        const folder = path.join(this.state, "outbox");
        const names = await readdir(folder).catch(() => []);
        return names.filter((name) => name.endsWith(".eml")).map((name) => path.join(folder, name));
    }

    async mailCount() {
        return (await this.#mailFiles()).length;
    }

    /// The next mail that no call has answered yet and that holds `words`.
    async mail(words) {
        const until = performance.now() + kMailWithin;
        while (performance.now() < until) {
            for (const file of await this.#mailFiles()) {
                if (this.#read.has(file)) continue;
                const mail = readMail(await readFile(file, "latin1"));
                if (!mail.text.includes(words)) continue;
                this.#read.add(file);
                return mail;
            }
            await pause(100);
        }
        throw new Error(`no mail with the words "${words}"\n${this.log()}`);
    }
}
