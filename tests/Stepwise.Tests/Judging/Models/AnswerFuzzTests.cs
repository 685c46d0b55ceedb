using System.Text;
using Stepwise.Judging;
using Stepwise.Judging.Endpoints;
using Stepwise.Judging.Models;
using Stepwise.Tests.Judging.Endpoints;
using static Stepwise.Tests.Judging.Models.Scripted;

namespace Stepwise.Tests.Judging.Models;

/// <summary>Spoilt answers: nothing is thrown, and what is taken fits the response.</summary>
public sealed class AnswerFuzzTests
{
    private const string Item = "0a1b2c3d", Alphabet = "{}[]\",:\\u0 1-e.\n`d8\ufffd\u0000wrong";

    [Fact]
    public void Read_SpoiltAnswers_AreRefusedWithAReasonOrFit()
    {
        JudgedResponse response = Response("2 + 3 = 5\n5 * 4 = 24\nSo it is 24.");
        JudgeCase asked = new(Sum, ShownReference.Of(ReferenceView.Reference, Setting, Sum), response, JudgePrompt.Of("full"), new LlmJudgeOptions());
        string[] answers =
        [
            Labels(2, "= 24", "p1", "w"), Labels(3, "24", "p1", "i", "w"), Labels(1, "2", "w"), Labels(0, "", "p1", "p2", "i"),
            $"<think>{Labels(1, "2", "w")}</think>{Labels(2, "= 24", "p1", "w")}",
        ];
        int taken = 0;
        for (ulong key = 0; key < 4000; key++)
        {
            string text = Spoilt(answers[key % 5].Replace("ITEM", Item, StringComparison.Ordinal), key);

            FullAnswer? answer = FullAnswer.Read(text, Item, asked, out string? fault);

            (answer is null).ShouldBe(fault is not null, text);
            answer?.FirstError.ShouldBeInRange(1, 4);
            answer?.Reached.ShouldAllBe(reached => reached.Milestone >= 0 && reached.Milestone < 2 && reached.Step >= 1 && reached.Step <= answer.FirstError);
            taken += answer is null ? 0 : 1;
        }

        taken.ShouldBeInRange(400, 3600);
    }

    [Fact]
    public void Read_SpoiltCompletions_AreRefusedOrRead()
    {
        ChatRequest request = new("s", "u", 1) { Choices = ["right", "wrong"] };
        string body = ServerAnswer.Of("text").Body.Replace(
            "\"finish_reason\":", """ "logprobs":{"content":[{"token":"w","top_logprobs":[{"token":" Wr","logprob":-0.5},{"token":"right","logprob":-1}]}]},"finish_reason":""",
            StringComparison.Ordinal);
        EndpointAnswer.Read(Encoding.UTF8.GetBytes(body), request)!.ChoiceLogProbs!.ShouldBe([-1, -0.5], 1e-12);
        int read = 0;
        for (ulong key = 0; key < 4000; key++)
        {
            ChatAnswer? answer = EndpointAnswer.Read(Encoding.UTF8.GetBytes(Spoilt(body, key)), request);

            (answer is null or { TokensIn: >= 0, TokensOut: >= 0 }).ShouldBeTrue();
            answer?.ChoiceLogProbs?.ShouldAllBe(logProb => logProb <= Math.Log(20));
            read += answer is null ? 0 : 1;
        }

        read.ShouldBeInRange(400, 3600);
    }

    [Fact]
    public void Find_ManyBracesThatBeginNothing_IsBounded()
    {
        string text = new string('{', 200_000) + Labels(2, "= 24", "p1", "w").Replace("ITEM", Item, StringComparison.Ordinal);

        JudgeAnswer.Find(text, Item, out string? fault).ShouldBeNull();
        fault.ShouldStartWith("its answer is no JSON");
        JudgeAnswer.Find(new string(' ', 300_000), Item, out fault).ShouldBeNull();
        fault.ShouldBe("its answer has 300000 bytes; at most 262144 are read");
    }

    /// <summary>With up to four characters left out, put in or put in place of others.</summary>
    private static string Spoilt(string text, ulong key)
    {
        StringBuilder spoilt = new(text);
        ulong position = 0;
        for (int change = CounterRandom.Integer(key, position++, 4); change >= 0; change--)
        {
            int at = CounterRandom.Integer(key, position++, spoilt.Length);
            char other = Alphabet[CounterRandom.Integer(key, position++, Alphabet.Length)];
            _ = CounterRandom.Integer(key, position++, 3) switch
            {
                0 => spoilt.Remove(at, 1),
                1 => spoilt.Insert(at, other),
                _ => spoilt.Remove(at, 1).Insert(at, other),
            };
        }

        return spoilt.ToString();
    }
}
