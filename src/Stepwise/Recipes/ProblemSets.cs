using Stepwise.Methods;
using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Tasks;
using Stepwise.Training;

namespace Stepwise.Recipes;

/// <summary>A recipe's task with the problems to train on and the problems held out.</summary>
/// <param name="Task">The task.</param>
/// <param name="Train">The training problems, at least one.</param>
/// <param name="Test">The problems of an evaluation, at least one; none of them is a training problem where the task made both.</param>
public sealed record ProblemSets(ITask Task, IReadOnlyList<Problem> Train, IReadOnlyList<Problem> Test) : IDisposable
{
    private const ulong TrainStream = 0x547261696E;

    // Not the run's seed: runs of different seeds are measured on the same problems.
    private const ulong TestSeed = 0x54657374;

    /// <summary>The share of training problems whose reference lets no answer be decided, see <see cref="ITask.Decides"/>.</summary>
    public double UndecidableTrain => Undecidable(Train);

    /// <summary>The share of test problems whose reference lets no answer be decided.</summary>
    public double UndecidableTest => Undecidable(Test);

    /// <summary>The groups to train on in place of sampled ones, whose problems <see cref="Train"/> are; <see langword="null"/> samples.</summary>
    public StoredGroups? Stored { get; init; }

    /// <summary>How many training problems were left out by <see cref="WithoutLongPrompts"/>.</summary>
    public int DroppedTrain { get; init; }

    /// <summary>How many test problems were left out by <see cref="WithoutLongPrompts"/>.</summary>
    public int DroppedTest { get; init; }

    /// <summary>One line for people where a training step asks a problem more than once; <see langword="null"/> otherwise.</summary>
    /// <param name="promptsPerStep">Problems of a training step.</param>
    public string? RepeatNote(int promptsPerStep) => Train.Count >= promptsPerStep
        ? null
        : $"A training step asks {promptsPerStep} problems, and there {(Train.Count == 1 ? "is one" : $"are {Train.Count}")}: it asks some more than once.";

    /// <summary>Ends what the task holds, such as a program that verifies.</summary>
    public void Dispose() => (Task as IDisposable)?.Dispose();

    private double Undecidable(IReadOnlyList<Problem> problems) => (double)problems.Count(problem => !Task.Decides(problem)) / problems.Count;

    /// <summary>Generates or reads the problems a recipe names.</summary>
    /// <remarks>Generated training problems depend on the recipe's seed, generated test problems on their difficulty and number only.</remarks>
    /// <param name="recipe">The recipe.</param>
    /// <param name="cancellationToken">Stops generating.</param>
    /// <exception cref="InputException">
    /// A file is not as described, there are too few problems of the difficulty, or the task is a program's own.
    /// </exception>
    public static ProblemSets Load(Recipe recipe, CancellationToken cancellationToken = default)
    {
        ITask task = recipe.Task.Create();
        IReadOnlyList<Problem> test = recipe.Task.Problems(Split.Test, TestSeed, cancellationToken);
        StoredGroups? stored = recipe.Data.Rollouts is null ? null : StoredGroups.Read(recipe.Data, Train);
        return new(task, stored?.Problems ?? Train(), test.AtMost(recipe.Evaluation.Problems)) { Stored = stored };

        IReadOnlyList<Problem> Train() => recipe.Task.Problems(Split.Train, CounterRandom.Key(recipe.Seed, TrainStream), cancellationToken);
    }

    /// <summary>The problems whose prompts leave room for at least one token of a completion in a policy's context; the others are counted.</summary>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    /// <param name="context">The policy's context, in tokens.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="InputException">No problem is left to train on, or none to hold out; or the tokenizer has no template for a chat.</exception>
    public ProblemSets WithoutLongPrompts(ITokenizer tokenizer, int context, CancellationToken cancellationToken = default)
    {
        Problem[] train = Fitting(Train, "training"), test = Fitting(Test, "held-out");
        return this with { Train = train, Test = test, DroppedTrain = Train.Count - train.Length, DroppedTest = Test.Count - test.Length };

        Problem[] Fitting(IReadOnlyList<Problem> problems, string what)
        {
            Problem[] fitting = [.. problems.Where(problem =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return tokenizer.Encode(Task.Prompt(problem)).Length < context;
            })];
            return fitting.Length > 0 ? fitting : throw new InputException(
                $"None of {Counted.Of(problems.Count, $"{what} problem")} has a prompt that fits the policy's context of {context} tokens, and "
                + "task.dropLongPrompts leaves out those that do not. Take a policy with a longer context, or other problems.");
        }
    }

    /// <summary>What the problems are like, for a policy.</summary>
    /// <inheritdoc cref="RequireFit"/>
    /// <returns>The report.</returns>
    public DataReport Describe(ITokenizer tokenizer, int context, CancellationToken cancellationToken = default) =>
        DataReport.Of(this, RequireFit(tokenizer, context, cancellationToken));

    /// <summary>Refuses training problems to none of which an answer can be decided: no sample of them would ever train.</summary>
    /// <exception cref="InputException">No reference can be read; the message names the first problem and why.</exception>
    public void RequireReferences()
    {
        if (!Train.Any(Task.Decides))
        {
            throw new InputException(
                $"No reference of {Counted.Of(Train.Count, "training problem")} can be read, so that no answer is ever decided; the first: "
                + $"{Train[0].Id}: {Task.WhyUndecided(Train[0])}. Give other problems (task.train), or, where the task has "
                + "task.fields.answer, the field of the final answer.");
        }
    }

    /// <summary>
    /// Refuses training problems that have not what a recipe's method draws on: reference solutions, hints, difficulties; or stored groups where it samples.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    /// <param name="context">The policy's context, in tokens.</param>
    /// <exception cref="InputException">They have not; or the policy cannot read what the method asks with a hint or a draft.</exception>
    public void RequireSources(Recipe recipe, ITokenizer tokenizer, int context)
    {
        Method method = recipe.Method;
        new Guides(tokenizer, context, Task, recipe.Sampling).Require(method.Scheme, Train, method.Name);
        if (method.Problems.NeedsDifficulty && !Train.Any(problem => problem.Difficulty is not null))
        {
            throw new InputException(
                "method.problems goes by the difficulty of problems, and no training problem has one. Name the field that holds it (task.fields.difficulty), "
                + "or set method.problems to all.");
        }

        if (Stored is not null && method.Scheme is not PlainGroups)
        {
            throw new InputException(
                $"data.rollouts trains on groups as they were sampled, and {method.Name} says itself what is sampled. "
                + (method.Reward.NeedsSearch ? "Take a method that searches no tree, such as dpo (method.name)." : "Set method.scheme to plain."));
        }
    }

    /// <summary>About the most tokens that the hints or drafts of a recipe's method add to a prompt.</summary>
    /// <inheritdoc cref="RequireSources"/>
    public int LongestAddition(Recipe recipe, ITokenizer tokenizer, int context) =>
        new Guides(tokenizer, context, Task, recipe.Sampling).Added(recipe.Method.Scheme, Train);

    /// <summary>Checks that every prompt leaves room for at least one token of a completion in a policy's context.</summary>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    /// <param name="context">The policy's context, in tokens.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>Tokens of the longest prompt.</returns>
    /// <exception cref="InputException">
    /// A prompt is too long or has characters that the tokenizer lacks, the message names its problem; or the tokenizer has no template for a chat.
    /// </exception>
    public int RequireFit(ITokenizer tokenizer, int context, CancellationToken cancellationToken = default)
    {
        int longest = 0;
        WritableText writable = new(tokenizer);
        foreach (Problem problem in Train.Concat(Test))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Prompt prompt = Task.Prompt(problem);
            writable.Require(prompt, $"Problem {problem.Id}: its prompt", "Change task.prompt or the problem, or take another policy.");
            int tokens = tokenizer.Encode(prompt).Length;
            if (tokens >= context)
            {
                throw new InputException(
                    $"Problem {problem.Id}: its prompt has {tokens} tokens; the policy's context of {context} holds at most "
                    + $"{context - 1} and one of a completion. Leave the problem out, or all such with "
                    + "task.dropLongPrompts: true, or take a policy with a longer context.");
            }

            longest = Math.Max(longest, tokens);
        }

        return longest;
    }
}
