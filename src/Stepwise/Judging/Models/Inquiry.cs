using Stepwise.Reasoning;

namespace Stepwise.Judging.Models;

/// <summary>The questions about one response, and what their answers cost.</summary>
/// <param name="model">What is asked.</param>
internal sealed class Inquiry(IChatModel model)
{
    private readonly Lock _lock = new();

    /// <summary>What the answers so far cost.</summary>
    public JudgeCost Cost { get; private set; }

    /// <inheritdoc cref="IChatModel.AskAsync"/>
    public async ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        ChatAnswer answer = await model.AskAsync(request, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            Cost = new(Cost.Calls + answer.Cost.Calls, Cost.Tokens + answer.Cost.Tokens);
        }

        return answer;
    }
}
