#include "link/request_tag.h"

#include "base/bytes.h"

#include <array>

namespace sallyport::link {
namespace {

// 256 words, so that a byte picks one without bias: plain, inoffensive, hard to confuse when read
// aloud.
constexpr std::array<std::string_view, 256> kWords = {
    "acorn",   "amber",   "anchor",   "anvil",    "apple",   "apron",    "arrow",   "aspen",
    "atlas",   "attic",   "autumn",   "badge",    "bagel",   "baker",    "bamboo",  "banjo",
    "barley",  "basil",   "basket",   "beacon",   "beaver",  "bench",    "berry",   "birch",
    "bison",   "blanket", "blossom",  "bobbin",   "bonnet",  "border",   "bottle",  "bramble",
    "branch",  "bread",   "breeze",   "brick",    "bridge",  "bronze",   "brook",   "broom",
    "bucket",  "buffalo", "butter",   "button",   "cabin",   "cactus",   "camel",   "candle",
    "canoe",   "canvas",  "canyon",   "carbon",   "cargo",   "carpet",   "castle",  "cedar",
    "cellar",  "chalk",   "cherry",   "chestnut", "chimney", "cider",    "cinema",  "circle",
    "citrus",  "clover",  "cobalt",   "coffee",   "comet",   "compass",  "copper",  "coral",
    "corner",  "cotton",  "cradle",   "crane",    "crayon",  "cricket",  "crimson", "crystal",
    "curtain", "cymbal",  "daisy",    "dancer",   "desert",  "diamond",  "dolphin", "donkey",
    "dragon",  "drawer",  "eagle",    "easel",    "echo",    "elbow",    "ember",   "emerald",
    "engine",  "estate",  "fabric",   "falcon",   "feather", "fennel",   "fiddle",  "finch",
    "flagon",  "flannel", "flower",   "forest",   "fossil",  "fountain", "garden",  "garlic",
    "garnet",  "ginger",  "glacier",  "glider",   "goblet",  "golden",   "granite", "gravel",
    "grove",   "guitar",  "hamlet",   "hammer",   "harbor",  "harvest",  "hazel",   "heron",
    "hiking",  "hollow",  "honey",    "horizon",  "icicle",  "indigo",   "island",  "ivory",
    "jacket",  "jasmine", "jersey",   "jigsaw",   "juniper", "kayak",    "kernel",  "kettle",
    "kitchen", "ladder",  "lagoon",   "lantern",  "laurel",  "lemon",    "lentil",  "library",
    "lilac",   "linen",   "lizard",   "lobster",  "locket",  "lotus",    "lunar",   "magnet",
    "mango",   "maple",   "marble",   "market",   "marsh",   "meadow",   "melon",   "meteor",
    "mirror",  "mitten",  "monsoon",  "morning",  "mosaic",  "motor",    "muffin",  "mustard",
    "nectar",  "needle",  "nickel",   "nutmeg",   "oasis",   "ocean",    "olive",   "onion",
    "opal",    "orange",  "orbit",    "orchard",  "orchid",  "otter",    "oxygen",  "paddle",
    "palace",  "panda",   "paper",    "parrot",   "pastel",  "pepper",   "piano",   "pillow",
    "pilot",   "planet",  "plaza",    "pocket",   "polar",   "poppy",    "potato",  "prairie",
    "pumpkin", "puzzle",  "quartz",   "quill",    "rabbit",  "radish",   "raven",   "ribbon",
    "river",   "rocket",  "rosemary", "saddle",   "saffron", "salmon",   "sandal",  "sapphire",
    "scarf",   "shadow",  "shelter",  "silver",   "sketch",  "sparrow",  "spiral",  "spring",
    "statue",  "stone",   "summer",   "sunset",   "teapot",  "temple",   "thistle", "ticket",
    "tiger",   "timber",  "tomato",   "topaz",    "tulip",   "tunnel",   "turtle",  "valley",
    "velvet",  "violet",  "walnut",   "willow",   "window",  "winter",   "yellow",  "zebra",
};

std::string normalized(std::string_view typed) {
    std::string letters;
    for (const char c : typed) {
        if (c >= 'a' && c <= 'z') letters.push_back(c);
        if (c >= 'A' && c <= 'Z') letters.push_back(static_cast<char>(c - 'A' + 'a'));
    }
    return letters;
}

}  // namespace

std::string makeRequestTag(Random& random) {
    const auto picks = random.bytes<2>();
    return std::string(kWords[picks[0]]) + ' ' + std::string(kWords[picks[1]]);
}

bool sameRequestTag(std::string_view tag, std::string_view typed) {
    const Digest expected = sha256(asBytes(normalized(tag)));
    const Digest given = sha256(asBytes(normalized(typed)));
    return constantTimeEquals(expected, given);
}

}  // namespace sallyport::link
