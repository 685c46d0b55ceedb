using Stepwise.Problems;
using Stepwise.Runs;
using Stepwise.Tasks;

namespace Stepwise.Training;

/// <summary>
/// The examples of supervised fine-tuning: training problems in a new random order every epoch, each with a written solution. Chained
/// arithmetic writes a solution anew at every draw, with the recipe's slip; other tasks have their reference responses.
/// </summary>
/// <param name="recipe">The recipe.</param>
/// <param name="problems">Its problems; only the training problems are used.</param>
public sealed class SupervisedExamples(Recipe recipe, ProblemSets problems)
{
    private const ulong OrderStream = 0x536674;
    private const ulong SlipStream = 0x536C6970;

    private long _epoch = -1;
    private int[] _order = [];

    /// <summary>The example of a draw.</summary>
    /// <param name="draw">Draws before it, at least 0; asked for in any order.</param>
    /// <exception cref="InputException">The problem has no solution.</exception>
    public SupervisedExample At(long draw)
    {
        (long epoch, long index) = Math.DivRem(draw, problems.Train.Count);
        if (epoch != _epoch)
        {
            _epoch = epoch;
            _order = CounterRandom.Permutation(CounterRandom.Key(CounterRandom.Key(recipe.Seed, OrderStream), (ulong)epoch), problems.Train.Count);
        }

        Problem problem = problems.Train[_order[index]];
        string? response = problems.Task is ChainedArithmetic chain
            ? chain.WriteSolution(problem, recipe.Sft.Slip, CounterRandom.Key(CounterRandom.Key(recipe.Seed, SlipStream), (ulong)draw))
            : problems.Task.ReferenceResponse(problem);
        return new SupervisedExample(
            problems.Task.Prompt(problem),
            response ?? throw new InputException($"{problem.Id}: has no solution to imitate; supervised fine-tuning needs one for every problem."));
    }
}
