using Stepwise.Methods;
using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;

namespace Stepwise.Training;

/// <summary>What a policy may be given beside a problem: pieces of its reference solution to go on from, hints, and what it is asked with them.</summary>
/// <param name="tokenizer">The policy's tokenizer.</param>
/// <param name="context">The policy's context, in tokens.</param>
/// <param name="task">How problems are put; gives the solutions and their steps.</param>
/// <param name="sampling">How long a completion may be.</param>
internal sealed class Guides(ITokenizer tokenizer, int context, ITask task, SamplingOptions sampling)
{
    private const string Remedy = "Write method.hintPrompt or method.draftPrompt in characters that it has, or take another policy.";
    private const string HintRemedy = "Write the hints (task.fields.hints) in characters that it has, or take another policy.";
    private const string SolutionRemedy = "Write the solutions (task.fields.solution) in characters that it has, or take another policy.";

    private readonly WritableText _writable = new(tokenizer);

    /// <summary>A training step with all that a method's scheme may draw from, of the problems that the method takes.</summary>
    /// <param name="step">The training step.</param>
    /// <param name="method">The method.</param>
    public SamplingStep For(SamplingStep step, Method method)
    {
        step.Problems.Wanted = method.Problems.Wanted(step.Problems.Problems, step.Progress);
        return step with { Guide = Of, Hints = Hints, Ask = Ask, Shape = group => method.Shape(group, step.Step) };
    }

    /// <summary>A problem's reference solution as tokens, without the answer line and what follows it, and without what leaves a completion no token.</summary>
    /// <param name="problem">The problem.</param>
    /// <returns><see langword="null"/> where there is no solution, or nothing of it may be given.</returns>
    public GuideTokens? Of(Problem problem)
    {
        if (task.ReferenceResponse(problem) is not { } solution)
        {
            return null;
        }

        int[] tokens = tokenizer.Encode(solution);
        (_, int[] textEnds) = Utf8Assembler.Assemble(tokenizer, tokens);
        ReasoningStep[] steps = BeforeTheAnswer(solution);
        int room = Math.Min(sampling.MaxNewTokens, context - tokenizer.Encode(task.Prompt(problem)).Length) - 1;
        int[] ends = [.. steps.Select(step => EndOf(textEnds, step.End)).Where(end => end <= room)];
        int given = Math.Min(room, steps.Length > 0 ? EndOf(textEnds, steps[^1].End) : 0);
        return given > 0 ? new(tokens[..given], ends) : null;
    }

    /// <summary>
    /// A problem's own hints, or pieces of its reference solution without the answer line and what follows it: the k-th of n is the first ⌊k/n⌋ of the steps.
    /// </summary>
    /// <param name="problem">The problem.</param>
    /// <param name="levels">n, at least 1.</param>
    /// <returns>The weakest first, no two alike; none where there is neither.</returns>
    public IReadOnlyList<string> Hints(Problem problem, int levels)
    {
        if (problem.Hints is { Count: > 0 } own)
        {
            return own;
        }

        if (task.ReferenceResponse(problem) is not { } solution)
        {
            return [];
        }

        ReasoningStep[] given = BeforeTheAnswer(solution);
        return [.. Enumerable.Range(1, levels).Select(k => given.Length * k / levels).Where(steps => steps > 0).Distinct()
            .Select(steps => solution[..given[steps - 1].End].Trim()).Where(hint => hint.Length > 0)];
    }

    /// <summary>What the policy is asked of a problem; <see langword="null"/> where that leaves a completion no token.</summary>
    /// <param name="problem">The problem.</param>
    /// <exception cref="InputException">The prompt has characters that the tokenizer lacks.</exception>
    public Prompt? Ask(Problem problem)
    {
        Prompt prompt = task.Prompt(problem);
        _writable.Require(prompt, $"Problem {problem.Id}: its prompt with a hint or a draft", Remedy);
        return tokenizer.Encode(prompt).Length < context ? prompt : null;
    }

    /// <summary>
    /// About the most tokens that a scheme's hints or drafts add to a prompt: of template and hint apart, which together may be some fewer or more. 0 where
    /// it gives none.
    /// </summary>
    /// <param name="scheme">The scheme.</param>
    /// <param name="problems">The training problems.</param>
    public int Added(ISamplingScheme scheme, IReadOnlyList<Problem> problems)
    {
        int[] templates = [.. scheme.Templates.Values.Select(template => tokenizer.Encode(template.Around).Length)];
        return templates.Length == 0 ? 0 : templates.Max() + (scheme.NeedsHints
            ? problems.SelectMany(problem => Hints(problem, levels: 1)).Select(hint => tokenizer.Encode(hint).Length).DefaultIfEmpty().Max()
            : sampling.MaxNewTokens);
    }

    /// <summary>Refuses problems for which a scheme has not what it draws on, and templates, hints and solutions that the policy cannot read.</summary>
    /// <param name="scheme">The scheme.</param>
    /// <param name="problems">The training problems.</param>
    /// <param name="method">The method's name, for messages.</param>
    /// <exception cref="InputException">
    /// None has a reference solution, or none a hint; or a template, a hint or a piece of a solution has characters that the tokenizer lacks.
    /// </exception>
    public void Require(ISamplingScheme scheme, IReadOnlyList<Problem> problems, string method)
    {
        if (scheme.NeedsReference && !problems.Any(problem => task.ReferenceResponse(problem) is not null))
        {
            throw new InputException(
                $"method.scheme of {method} gives pieces of reference solutions, and no training problem has one. Name the field that holds them "
                + "(task.fields.solution), or take a method that needs none.");
        }

        if (scheme.NeedsHints && !problems.Any(problem => Hints(problem, levels: 1).Count > 0))
        {
            throw new InputException(
                $"method.scheme of {method} gives hints, and no training problem has any, nor a reference solution of two steps to make one of. Name the field "
                + "that holds them (task.fields.hints, task.fields.solution), or take a method that needs none.");
        }

        foreach ((string key, PromptTemplate template) in scheme.Templates)
        {
            _writable.Require(template.Around, key, Remedy);
        }

        foreach (Problem problem in scheme.NeedsReference || scheme.NeedsHints ? problems : [])
        {
            RequireWritable(problem, scheme.NeedsHints);
        }
    }

    /// <summary>Refuses own hints, where a problem is asked with hints and has some, and otherwise pieces of its solution that would lose characters.</summary>
    private void RequireWritable(Problem problem, bool hinted)
    {
        if (hinted && problem.Hints is { Count: > 0 } hints)
        {
            for (int hint = 0; hint < hints.Count; hint++)
            {
                _writable.Require(hints[hint], $"Problem {problem.Id}: hint {hint + 1} of {hints.Count}", HintRemedy);
            }
        }
        else if (task.ReferenceResponse(problem) is { } solution && BeforeTheAnswer(solution) is [.., { End: var end }])
        {
            _writable.Require(solution[..end], $"Problem {problem.Id}: its reference solution, of which pieces are given,", SolutionRemedy);
        }
    }

    /// <summary>
    /// The steps of a solution that may be given: up to the first in which it states its answer by a mark, and never the last in which it says anything.
    /// </summary>
    private ReasoningStep[] BeforeTheAnswer(string solution)
    {
        ReasoningStep[] steps = [.. task.Steps(solution, truncated: false)];
        int end = task.AnswerStart(solution) ?? solution.Length;
        return [.. steps.Take(Array.FindLastIndex(steps, step => step.Text.Length > 0)).TakeWhile(step => step.End <= end)];
    }

    /// <summary>One past the token that completes a text up to a character.</summary>
    private static int EndOf(int[] textEnds, int character)
    {
        int token = Array.FindIndex(textEnds, end => end >= character);
        return token < 0 ? textEnds.Length : token + 1;
    }
}
