// Measures llama.cpp on a GGUF file beside `stepwise bench prefill` and `stepwise bench sample`; see README.md.
import { getLlama } from "node-llama-cpp";

const [path, threads = "2", rounds = "3"] = process.argv.slice(2);
if (path === undefined) {
    console.error("Usage: node bench.mjs <file.gguf> [threads] [rounds]");
    process.exit(2);
}

// The shapes of Stepwise's benchmarks.
const promptTokens = 96, newTokens = 64, prefillTokens = 2048;
const llama = await getLlama({ gpu: false, build: "never", maxThreads: Number(threads) });
const model = await llama.loadModel({ modelPath: path });
const random = (count, seed) => Array.from({ length: count }, (_, i) => 1000 + ((seed * 7919 + i * 104729) % 40000));
const median = values => values.sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
const seconds = async work => {
    const start = process.hrtime.bigint();
    await work();
    return Number(process.hrtime.bigint() - start) / 1e9;
};

await measure("prefill", 1, async context => {
    const sequence = context.getSequence();
    const time = await seconds(() => sequence.evaluateWithoutGeneratingNewTokens(random(prefillTokens, 1)));
    sequence.dispose();
    return prefillTokens / time;
});
for (const samples of [1, 8, 32, 64]) {
    await measure("sample", samples, async context => {
        const sequences = Array.from({ length: samples }, () => context.getSequence());
        const prompts = sequences.map((_, s) => random(promptTokens, s));
        await Promise.all(sequences.map((s, i) => s.evaluateWithoutGeneratingNewTokens(prompts[i].slice(0, -1))));
        const time = await seconds(() => Promise.all(sequences.map(async (sequence, i) => {
            let drawn = 0;
            for await (const _ of sequence.evaluate(prompts[i].slice(-1), { temperature: 0, yieldEogToken: true })) {
                if (++drawn === newTokens) {
                    break;
                }
            }
        })));
        return samples * newTokens / time;
    });
}

await llama.dispose();
process.exit(0);

async function measure(what, sequences, rate) {
    const contextSize = what === "prefill" ? prefillTokens + 16 : promptTokens + newTokens + 16;
    const rates = [];
    for (let round = 0; round < Number(rounds); round++) {
        const context = await model.createContext({ contextSize, sequences, threads: Number(threads), batchSize: 512, flashAttention: true });
        rates.push(await rate(context));
        await context.dispose();
    }

    const shape = what === "prefill" ? `1x${prefillTokens}` : `${sequences}x${newTokens}`;
    console.log(JSON.stringify({ what, shape, threads: Number(threads), tokensPerSecond: Math.round(median(rates) * 10) / 10, rates }));
}
