// Reads a written tokenizer with readers that are not ours and compares what they make of it with known ids; see README.md.
import { readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { Tokenizer as JsTokenizer } from "@huggingface/tokenizers";
import { Tokenizer as RustTokenizer } from "tokenizers";

const [folder, known] = process.argv.slice(2);
if (known === undefined) {
    console.error("Usage: node compare.mjs <folder with tokenizer.json> <folder with encodings.jsonl, chats.jsonl>");
    process.exit(2);
}

const read = name => JSON.parse(readFileSync(join(folder, name), "utf8"));
const config = read("tokenizer_config.json");
const definition = read("tokenizer.json");
const js = new JsTokenizer(definition, config);
const rust = RustTokenizer.fromFile(join(folder, "tokenizer.json"));
const readers = {
    "tokenizers": {
        encode: async text => (await rust.encode(text, null, { addSpecialTokens: false })).getIds(),
        decode: ids => rust.decode(ids, false),
        knows: () => true,
    },
    "@huggingface/tokenizers": {
        encode: async text => js.encode(text, { add_special_tokens: false }).ids,
        decode: async ids => js.decode(ids, { skip_special_tokens: false }),
        // Its Digits are those of ASCII only, the reference library's all of Unicode's numbers; and it does not merge across a byte that the
        // vocabulary lacks.
        knows: (text, decoded) => (!JSON.stringify(definition.pre_tokenizer).includes('"Digits"') || !/[^\P{N}0-9]/u.test(text))
            && !decoded.includes("\uFFFD"),
    },
};
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const lines = name => existsSync(join(known, name)) ? readFileSync(join(known, name), "utf8").split("\n").filter(Boolean).map(JSON.parse) : [];
let differences = 0;
for (const [name, reader] of Object.entries(readers)) {
    let texts = 0, chats = 0, unknown = 0;
    for (const { text, ids, decoded } of lines("encodings.jsonl")) {
        if (!reader.knows(text, decoded)) {
            unknown++;
            continue;
        }

        texts += await check(name, text, ids) && (ids.length === 0 || await checkText(name, ids, decoded)) ? 1 : 0;
    }

    for (const { messages, add_generation_prompt, enable_thinking, text, ids } of lines("chats.jsonl")) {
        const rendered = new Template(config.chat_template).render({
            messages, add_generation_prompt, bos_token: token("bos_token"), eos_token: token("eos_token"),
            ...(enable_thinking === undefined ? {} : { enable_thinking }),
        });
        chats += await check(name, text, ids) && expect(name, "template", rendered, text) ? 1 : 0;
    }

    console.log(`${name}: ${unknown === 0 ? "" : `${unknown} texts left out, `}${texts} texts and ${chats} chats same`);
}

process.exit(differences === 0 ? 0 : 1);

function token(name) {
    return config[name]?.content ?? config[name] ?? "";
}

async function check(name, text, ids) {
    return expect(name, JSON.stringify(text), await readers[name].encode(text), ids);
}

async function checkText(name, ids, text) {
    return expect(name, JSON.stringify(ids), await readers[name].decode(ids), text);
}

function expect(name, what, found, expected) {
    if (!same(found, expected)) {
        differences++;
        console.log(`${name} DIFFERENT ${what}: ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
        return false;
    }

    return true;
}
