using System.Text.Json;
using Stepwise.Judging;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.Commands;

/// <summary>
/// Problems whose answers a program of the user's verifies, in any language: it reads a JSON object a line and answers each with a line.
/// </summary>
/// <remarks>
/// <para>
/// A request is <c>{"id", "problem", "question", "answer", "solution", "response", "truncated"}</c>, where <c>id</c> is a counter and
/// <c>problem</c> the problem's id; <see cref="CheckerAnswer"/> says what an answer is. The program is started when it is first asked, runs until the
/// task is disposed, and is ended and started again where it does not answer.
/// </para>
/// <para>What a program answers is to depend on the request alone; a time limit that ends some answers and not others is not the same run again.</para>
/// </remarks>
public sealed class CommandTask : ITask, IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly PromptOptions _prompt;
    private readonly Checkers _checkers;

    /// <summary>Creates the task; no program is started yet.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="time">Whose seconds the time limit is in; <see langword="null"/> for the system's.</param>
    /// <exception cref="InputException">A setting of the prompt is not allowed.</exception>
    public CommandTask(CommandTaskOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionTree.Check(options.Prompt, "task.");
        _prompt = options.Prompt;
        _checkers = new Checkers(options, time ?? TimeProvider.System);
    }

    /// <inheritdoc/>
    public string Name => "command";

    /// <summary>Reads what the program said of steps beside its verdict.</summary>
    public IStepJudge Judge { get; } = new CommandJudge();

    /// <inheritdoc/>
    public Prompt Prompt(Problem problem) => _prompt.Of(problem.Question);

    /// <inheritdoc/>
    public string? ReferenceResponse(Problem problem) => problem.Solution;

    /// <summary>
    /// Asks the program. What is no answer (the time limit, a crash, anything but the JSON it should be, or an answer to another request) is undecided,
    /// with the reason.
    /// </summary>
    /// <exception cref="RunException">The program cannot be started, or has failed time after time.</exception>
    /// <inheritdoc/>
    public async ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default) =>
        await _checkers.AskAsync(
            id => JsonSerializer.SerializeToUtf8Bytes(
                new Request(id, problem.Id, problem.Question, problem.Answer, problem.Solution, completion.Text, completion.Truncated), Json),
            cancellationToken).ConfigureAwait(false);

    /// <summary>Ends the program.</summary>
    public void Dispose() => _checkers.Dispose();

    private sealed record Request(long Id, string Problem, string Question, string Answer, string? Solution, string Response, bool Truncated);
}
