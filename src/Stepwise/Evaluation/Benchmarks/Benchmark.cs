using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>A benchmark of the field: the form of its file, what is asked, and what is right.</summary>
public abstract record Benchmark
{
    /// <summary>What a command line names it.</summary>
    public required string Name { get; init; }

    /// <summary>What it holds, for people.</summary>
    public required string Title { get; init; }

    /// <summary>The paper or place that it is from.</summary>
    public required string Source { get; init; }

    /// <summary>The fields of a record, for people: question, then answer.</summary>
    public abstract string Fields { get; }

    /// <summary>What makes a response right, for people.</summary>
    public abstract string Rule { get; }

    /// <summary>What is measured beside undecided and truncated shares, for people.</summary>
    public abstract string Metrics { get; }

    /// <summary>Whether answers can be compared with each other, so that the samples of a problem can vote.</summary>
    public abstract bool Votes { get; }

    /// <summary>The task of its problems.</summary>
    /// <param name="chat">Whether a policy is asked in its chat template, or in plain text.</param>
    public abstract ITask CreateTask(bool chat);

    /// <summary>The problem of a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="id">The problem's id.</param>
    /// <exception cref="InputException">What is asked is missing or of another kind, or the record has no field of a reference at all.</exception>
    internal abstract BenchmarkProblem Read(FileRecord record, string id);
}

/// <summary>A problem of a benchmark.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Unread">
/// Why its reference lets nothing be decided, so that every answer is <see cref="Correctness.Undecided"/>; <see langword="null"/> where it does not.
/// </param>
public sealed record BenchmarkProblem(Problem Problem, string? Unread);
