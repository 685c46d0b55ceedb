using System.Text.Json;
using Stepwise.Reasoning;

namespace Stepwise.Judging.Models;

/// <summary>
/// Finds the first error by bisection: whether the response is right up to step k, ⌈log₂(H + 1)⌉ times, and one time fewer at best where an error is known
/// to be there. It knows no milestones, and takes a model's word that right prefixes come before wrong ones.
/// </summary>
public sealed record BisectMode : JudgeMode
{
    /// <inheritdoc/>
    internal override string BuiltIn => "bisect";

    /// <inheritdoc/>
    internal override async ValueTask<StepJudgement> JudgeAsync(JudgeCase response, Inquiry inquiry, CancellationToken cancellationToken)
    {
        int low = 1, high = response.KnownWrong ? response.Shown : response.Shown + 1;
        string reason = "the final answer is wrong, and there is no other step";
        while (low < high)
        {
            int middle = (low + high) / 2;
            (ChatRequest request, string item) = response.Ask(middle);
            JsonForm form = new ObjectForm([("item", new LiteralForm(item)), ("reason", new TextForm(160)), ("right", new TruthForm())]);
            ChatAnswer answer = await inquiry.AskAsync(request with { Form = form }, cancellationToken).ConfigureAwait(false);
            if (Read(answer.Text, item, response, out JsonElement json) is { } fault)
            {
                return StepJudgement.None($"up to step {middle}: {fault}", inquiry.Cost);
            }

            bool right = json.GetProperty("right").GetBoolean();
            (low, high) = right ? (middle + 1, high) : (low, middle);
            reason = JudgeAnswer.Text(json, "reason") ?? "";
        }

        return Judgement(response, low > response.Shown ? response.Steps + 1 : low, confidence: null, reason, inquiry.Cost);
    }

    private static string? Read(string text, string item, JudgeCase response, out JsonElement json)
    {
        json = default;
        if (response.IsEcho(text))
        {
            return "its answer only repeats the response";
        }

        if (JudgeAnswer.Find(text, item, out string? fault) is not { } found)
        {
            return fault;
        }

        json = found;
        return found.TryGetProperty("right", out JsonElement right) && right.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? null
            : "its answer does not say whether the steps are right";
    }
}
