// Compares llama.cpp's greedy continuations of exported GGUF files with Stepwise's own; see README.md.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getLlama } from "node-llama-cpp";

const prompts = ["The capital of France is", "Question: 12 apples and 30 pears are how many fruits?\nAnswer:"];
const newTokens = 16;
const [program, model] = process.argv.slice(2);
if (model === undefined) {
    console.error("Usage: node compare.mjs <Stepwise.Cli.dll> <model>");
    process.exit(2);
}

const stepwise = (...args) => execFileSync("dotnet", [program, ...args], { encoding: "utf8" });
const folder = mkdtempSync(join(tmpdir(), "stepwise-llama-cpp-"));
let differences = 0;
try {
    const llama = await getLlama({ gpu: false, build: "never" });
    for (const type of ["f32", "f16"]) {
        const path = join(folder, `${type}.gguf`);
        stepwise("export", model, "--out", path, "--dtype", type, "--json");
        const loaded = await llama.loadModel({ modelPath: path });
        for (const prompt of prompts) {
            const ours = JSON.parse(stepwise(
                "generate", "--model", path, "--greedy", "--max-tokens", `${newTokens}`, "--prompt", prompt, "--json"));
            const { text, promptTokens } = await continueGreedily(loaded, prompt);
            const same = text === ours.text && promptTokens === ours.promptTokens;
            differences += same ? 0 : 1;
            console.log(`${type} ${same ? "same" : "DIFFERENT"} ${JSON.stringify({ prompt, promptTokens, text })}`);
            if (!same) {
                console.log(`${type} stepwise  ${JSON.stringify({ prompt, promptTokens: ours.promptTokens, text: ours.text })}`);
            }
        }

        await loaded.dispose();
        rmSync(path);
    }
} finally {
    rmSync(folder, { recursive: true });
}

process.exit(differences === 0 ? 0 : 1);

async function continueGreedily(loaded, prompt) {
    // One thread: several wait for each other by spinning, which on a busy machine takes far longer.
    const context = await loaded.createContext({ contextSize: 256, threads: 1 });
    const begin = loaded.tokens.shouldPrependBosToken ? [loaded.tokens.bos] : [];
    const tokens = [...begin, ...loaded.tokenize(prompt, true)];
    const continuation = [];
    for await (const token of context.getSequence().evaluate(tokens, { temperature: 0 })) {
        if (loaded.isEogToken(token) || continuation.push(token) === newTokens) {
            break;
        }
    }

    const text = loaded.detokenize(continuation);
    await context.dispose();
    return { text, promptTokens: tokens.length };
}
