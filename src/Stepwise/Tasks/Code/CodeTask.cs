using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Sandboxing;

namespace Stepwise.Tasks.Code;

/// <summary>Problems whose answer is a program, which is tested in a sandbox.</summary>
/// <remarks>What is the program of a response says <c>ProgramText</c>; how it is tested says the form of the problems.</remarks>
public sealed class CodeTask : ITask, IDisposable
{
    private readonly CodeOptions _options;
    private readonly SemaphoreSlim _workers;
    private readonly SemaphoreSlim _preparing = new(1);
    private TestBench? _bench;

    /// <summary>A task of some settings, of which the files are not looked at.</summary>
    /// <param name="options">The settings; <see langword="null"/> takes the defaults.</param>
    /// <exception cref="InputException">A setting of the prompt is not allowed.</exception>
    public CodeTask(CodeOptions? options = null)
    {
        _options = options ?? new();
        OptionTree.Check(_options.Language, "task.");
        _workers = new(_options.Workers ?? Math.Max(1, Environment.ProcessorCount / 2));
    }

    /// <inheritdoc/>
    public string Name => "code";

    /// <inheritdoc/>
    public Prompt Prompt(Problem problem) => _options.Language.Prompt.Of(problem.Question);

    /// <summary>The reference solution in a fenced block.</summary>
    /// <inheritdoc/>
    public string? ReferenceResponse(Problem problem) =>
        problem.Solution is { } code ? $"```{_options.Language.Fences[0]}\n{code.TrimEnd()}\n```" : null;

    /// <summary>Checks that programs can be run in the sandbox here.</summary>
    /// <exception cref="InputException">They cannot; says what to install.</exception>
    /// <inheritdoc/>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken = default) => await BenchAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Runs the response's program against the problem's tests, when one of the workers is free. Undecided where a sandbox did not start or the
    /// tests themselves did not finish, with the reason.
    /// </summary>
    /// <inheritdoc/>
    public async ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default)
    {
        if (ProgramText.Find(completion.Text, completion.Truncated, _options.Language.Fences) is not { } code)
        {
            return new(Correctness.Incorrect, null, completion.Truncated ? "truncated" : "no program");
        }

        TestBench bench = await BenchAsync(cancellationToken).ConfigureAwait(false);
        await _workers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _options.Form.TestAsync(bench, problem, code, cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxException error)
        {
            return new(Correctness.Undecided, code, error.Message);
        }
        finally
        {
            _workers.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _workers.Dispose();
        _preparing.Dispose();
    }

    private async ValueTask<TestBench> BenchAsync(CancellationToken cancellationToken)
    {
        await _preparing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            SandboxLimits limits = _options.Limits;
            CodeLanguage language = _options.Language;
            return _bench ??= new(
                language,
                await _options.Sandbox.RequireAsync(language.Run(language.Nothing, limits), language.Limits(limits), cancellationToken).ConfigureAwait(false),
                limits);
        }
        finally
        {
            _preparing.Release();
        }
    }
}
