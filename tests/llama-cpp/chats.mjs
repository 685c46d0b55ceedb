// Lets llama.cpp continue known chats greedily from a Hugging Face folder that was exported; see README.md.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getLlama } from "node-llama-cpp";

const [program, model, known] = process.argv.slice(2);
if (known === undefined) {
    console.error("Usage: node chats.mjs <Stepwise.Cli.dll> <model> <golden.json with chats: prompt, ids, greedy>");
    process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "stepwise-llama-cpp-"));
const stepwise = (...args) => execFileSync("dotnet", [program, ...args], { encoding: "utf8" });
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
let differences = 0;
try {
    const exported = join(folder, "exported"), path = join(folder, "exported.gguf");
    stepwise("export", model, "--out", exported, "--json");
    stepwise("export", exported, "--out", path, "--json");
    const llama = await getLlama({ gpu: false, build: "never" });
    const loaded = await llama.loadModel({ modelPath: path });
    for (const { prompt, ids, greedy } of JSON.parse(readFileSync(known, "utf8")).chats) {
        const tokens = loaded.tokenize(prompt, true);
        const answer = loaded.isEogToken(greedy.at(-1)) ? greedy.slice(0, -1) : greedy;
        const context = await loaded.createContext({ contextSize: 512, threads: 1 });
        const continuation = [];
        for await (const token of context.getSequence().evaluate(tokens, { temperature: 0 })) {
            if (continuation.push(token) === answer.length) {
                break;
            }
        }

        const found = same([...tokens], ids) && same(continuation, answer);
        differences += found ? 0 : 1;
        console.log(`${found ? "same" : "DIFFERENT"} ${tokens.length} prompt tokens, ${continuation.length} continued: ${JSON.stringify(loaded.detokenize(continuation))}`);
        await context.dispose();
    }

    await loaded.dispose();
} finally {
    rmSync(folder, { recursive: true });
}

process.exit(differences === 0 ? 0 : 1);
