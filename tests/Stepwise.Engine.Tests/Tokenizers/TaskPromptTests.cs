using Stepwise.Engine.Formats;
using Stepwise.Engine.Tokenizers;
using Stepwise.Problems;
using Stepwise.Tasks.Chains;
using Stepwise.Tasks.Mathematics;
using Stepwise.Tests;

namespace Stepwise.Engine.Tests.Tokenizers;

/// <summary>The token ids of the tasks' prompts: trained policies depend on them.</summary>
public sealed class TaskPromptTests
{
    private const string Instruction =
        "Reason step by step, one step per line. End with a line that holds only the final answer: #### <number>";

    [Fact]
    public void Encode_ChainUnlessTheRecipeSaysOtherwise_IsTheChainAndALineFeed()
    {
        BpeTokenizer tokenizer = Read("tiny-320");

        tokenizer.Encode(new ChainedArithmetic().Prompt(new Problem("1", "37+8+61", "6")))
            .ShouldBe([.. tokenizer.Definition.TextStart, .. tokenizer.Encode("37+8+61\n")]);
    }

    [Theory]
    [InlineData("qwen3", "")]
    [InlineData("smollm2", "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n")]
    public void Encode_WordProblemUnlessTheRecipeSaysOtherwise_IsAChatOfOneMessage(string name, string before)
    {
        BpeTokenizer tokenizer = Read(name);

        tokenizer.Encode(new Gsm8k().Prompt(new Problem("1", "How much are 3 eggs?", "3"))).ShouldBe(
            tokenizer.Encode($"{before}<|im_start|>user\nHow much are 3 eggs?\n\n{Instruction}<|im_end|>\n<|im_start|>assistant\n"));
    }

    [Fact]
    public void Encode_SystemExamplesAndVariables_AreWhatTheTemplateMakesOfThem()
    {
        BpeTokenizer tokenizer = Read("qwen3");
        PromptOptions prompt = new()
        {
            Template = "Q: {question}", Chat = true, System = "Be brief.", Examples = ["1+1", "2"], ChatVariables = ["enable_thinking=false"],
        };

        tokenizer.Encode(prompt.Of("2+2")).ShouldBe(tokenizer.Encode(
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nQ: 1+1<|im_end|>\n<|im_start|>assistant\n2<|im_end|>\n"
            + "<|im_start|>user\nQ: 2+2<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"));
    }

    private static BpeTokenizer Read(string name) => TokenizerFile.Read(SharedFolder.Require("tokenizers", name));
}
