// How a page is looked at: light, dark, narrow, without motion and colors.

import assert from "node:assert/strict";

import { accessibilityFaults, picture, showing } from "./browser.mjs";

export const kLooks = [
    { name: "light", options: { colorScheme: "light", viewport: { width: 1000, height: 640 } } },
    { name: "dark", options: { colorScheme: "dark", viewport: { width: 1000, height: 640 } } },
    { name: "narrow", options: { colorScheme: "light", viewport: { width: 320, height: 640 } } },
    { name: "still", options: { reducedMotion: "reduce", forcedColors: "active", viewport: { width: 640, height: 480 } } },
];

/// `what` tells one picture of a state from another.
export async function check(page, look, state, what = "") {
    await showing(page, state);
    const name = `${look}_${new URL(page.url()).pathname.slice(1).replace("/", "_")}_${state}${what}`;
    await picture(page, name);
    assert.deepEqual(await accessibilityFaults(page), [], name);
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(beyond <= 0, `${name} is ${beyond} pixels too wide`);
    assert.equal(await page.getAttribute("html", "lang"), "en");
    assert.match(await page.title(), /Sallyport$/);
}
