using Stepwise.Problems;
using Stepwise.Tasks.Code;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>The benchmarks there are.</summary>
public static class BenchmarkCatalog
{
    // The questions ask for the form of the answer themselves.
    private const string AsItStands = PromptOptions.Question;

    private const string Chinese = $"{PromptOptions.Question}\n\n请逐步推理，并把最终答案写在 \\boxed{{}} 中；若是选择题，只写选项字母。";

    /// <summary>All of them, in the order of their documentation.</summary>
    public static IReadOnlyList<Benchmark> Entries { get; } =
    [
        new MathBenchmark { Name = "aime", Title = "AIME: integers from 0 to 999", Source = "artofproblemsolving.com/wiki" },
        new MathBenchmark { Name = "amc", Title = "AMC 12: whole and short numbers", Source = "artofproblemsolving.com/wiki" },
        new MathBenchmark { Name = "math", Title = "MATH and MATH-500: competition mathematics", Source = "arXiv 2103.03874, 2305.20050" },
        new MathBenchmark { Name = "olympiadbench", Title = "OlympiadBench: olympiad mathematics", Source = "arXiv 2402.14008", Question = ["question"] },
        new MathBenchmark { Name = "minerva", Title = "Minerva: undergraduate science", Source = "arXiv 2206.14858", Question = ["question"] },
        new MathBenchmark
        {
            Name = "gaokao", Title = "Gaokao: Chinese university entrance", Source = "arXiv 2502.03387, its repository GAIR-NLP/LIMO",
            Question = ["question"], Answers = ["choice_answer", "answer"], Template = Chinese,
        },
        new MathBenchmark
        {
            Name = "kaoyan", Title = "Kaoyan: Chinese graduate entrance", Source = "arXiv 2502.03387, its repository GAIR-NLP/LIMO", Template = Chinese,
        },
        new MathBenchmark { Name = "grade-school-math", Title = "Grade-school olympiad, Chinese", Source = "arXiv 2502.03387, its repository GAIR-NLP/LIMO" },
        new MathBenchmark { Name = "cn-math-2024", Title = "Chinese league 2024, in English", Source = "arXiv 2502.03387, its repository GAIR-NLP/LIMO" },
        new MathBenchmark
        {
            Name = "gpqa", Title = "GPQA: letters of choices", Source = "arXiv 2311.12022", Question = ["question"], Template = AsItStands,
        },
        new MathBenchmark { Name = "gsm8k", Title = "GSM8K: grade-school word problems", Source = "arXiv 2110.14168", Question = ["question"] },
        new MathBenchmark
        {
            Name = "svamp", Title = "SVAMP: word problems varied", Source = "arXiv 2103.07191", Question = ["Body", "Question"], Answers = ["Answer"],
        },
        new CodeBenchmark { Name = "mbpp", Title = "MBPP: short Python functions", Source = "arXiv 2108.07732", Form = new Mbpp() },
        new CodeBenchmark { Name = "humaneval", Title = "HumanEval: Python functions to complete", Source = "arXiv 2107.03374", Form = new HumanEval() },
    ];

    /// <summary>The benchmark of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="InputException">There is none; the message lists them.</exception>
    public static Benchmark Find(string name) => Entries.FirstOrDefault(entry => string.Equals(entry.Name, name, StringComparison.Ordinal))
        ?? throw new InputException($"{Quoted.Of(name)} is no benchmark; there are {string.Join(", ", Entries.Select(entry => entry.Name))}.");
}
