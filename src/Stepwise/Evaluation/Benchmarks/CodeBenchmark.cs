using Stepwise.Problems;
using Stepwise.Tasks;
using Stepwise.Tasks.Code;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>A benchmark whose answers are programs, which are tested in a sandbox: see <see cref="CodeTask"/>.</summary>
public sealed record CodeBenchmark : Benchmark
{
    private static readonly Python Language = new();

    /// <summary>The form of its file.</summary>
    public required CodeForm Form { get; init; }

    /// <inheritdoc/>
    public override string Fields => Form.Fields;

    /// <inheritdoc/>
    public override string Rule => "passes the tests";

    /// <inheritdoc/>
    public override string Metrics => "avg@k, pass@k";

    /// <inheritdoc/>
    public override bool Votes => false;

    /// <inheritdoc/>
    public override ITask CreateTask(bool chat) =>
        new CodeTask(new CodeOptions { Form = Form, Language = Language with { Prompt = Language.Prompt with { Chat = chat } } });

    /// <inheritdoc/>
    internal override BenchmarkProblem Read(FileRecord record, string id) => new(Form.Read(record, id), Unread: null);
}
