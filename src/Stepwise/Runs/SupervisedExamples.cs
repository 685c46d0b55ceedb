using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Recipes;
using Stepwise.Training;

namespace Stepwise.Runs;

/// <summary>
/// The examples of supervised fine-tuning: training problems in a new random order every epoch, each with the solution that its task writes
/// (<see cref="Stepwise.Tasks.ITask.WrittenSolution"/>).
/// </summary>
/// <param name="recipe">The recipe.</param>
/// <param name="problems">Its problems; only the training problems are used.</param>
public sealed class SupervisedExamples(Recipe recipe, ProblemSets problems)
{
    private const ulong OrderStream = 0x536674;
    private const ulong SolutionStream = 0x536C6970;

    private readonly ProblemOrder _order = new(problems.Train, CounterRandom.Key(recipe.Seed, OrderStream));

    /// <summary>The example of a draw.</summary>
    /// <param name="draw">Draws before it, at least 0; asked for in any order.</param>
    /// <exception cref="InputException">The problem has no solution.</exception>
    public SupervisedExample At(long draw)
    {
        Problem problem = _order.At(draw);
        string? response = problems.Task.WrittenSolution(problem, CounterRandom.Key(CounterRandom.Key(recipe.Seed, SolutionStream), (ulong)draw));
        return new SupervisedExample(
            problem.Id, problems.Task.Prompt(problem),
            response ?? throw new InputException($"{problem.Id}: has no solution to imitate; supervised fine-tuning needs one for every problem."));
    }

    /// <summary>Checks that everything that will be drawn fits a policy's context.</summary>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    /// <param name="context">The policy's context, in tokens.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Tokens of the longest prompt and of the longest response.</returns>
    /// <exception cref="InputException">
    /// Examples are too long, the message names their problems; a problem has no solution, or characters that the tokenizer lacks; or the tokenizer
    /// has no template for a chat.
    /// </exception>
    public (int Prompt, int Response) RequireFit(ITokenizer tokenizer, int context, CancellationToken cancellationToken = default)
    {
        const int Shown = 5;
        long draws = (long)recipe.Training.Steps * recipe.Sft.BatchSize;
        HashSet<(string Problem, string Response)> seen = [];
        int longestPrompt = 0, longestResponse = 0;
        OrderedDictionary<string, int> tooLong = new(StringComparer.Ordinal);
        WritableText writable = new(tokenizer);
        for (long draw = 0; draw < draws; draw++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SupervisedExample example = At(draw);
            if (!seen.Add((example.Problem, example.Response)))
            {
                continue;
            }

            writable.Require(example.Prompt, $"Problem {example.Problem}: its prompt", "Change task.prompt or the problem, or take another policy.");
            writable.Require(example.Response, $"Problem {example.Problem}: its solution", "Change the solution, or take another policy.");
            (int[] prompt, int[] response) = SupervisedTrainer.Tokens(tokenizer, example);
            longestPrompt = Math.Max(longestPrompt, prompt.Length);
            longestResponse = Math.Max(longestResponse, response.Length);
            if (prompt.Length + response.Length > context)
            {
                tooLong[example.Problem] = prompt.Length + response.Length;
            }
        }

        return tooLong.Count == 0 ? (longestPrompt, longestResponse) : throw new InputException(
            $"{tooLong.Count} of {problems.Train.Count} training problems have a prompt and a solution too long for the policy's context of {context} "
            + $"tokens: {string.Join(", ", tooLong.Take(Shown).Select(p => $"{p.Key} ({p.Value} tokens)"))}"
            + $"{(tooLong.Count > Shown ? ", …" : "")}. Take them out of the file of task.train, or take a policy with a longer context.");
    }
}
