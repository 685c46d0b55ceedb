using System.Text;
using System.Text.Json;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Sandboxing;

namespace Stepwise.Tasks.Code;

/// <summary>Whole programs that read standard input and write standard output, tested by pairs of the two.</summary>
/// <remarks>
/// Each pair is a run of its own, in a new sandbox. The outputs are compared here, line by line, without the blanks at the ends of lines and
/// the empty lines at the end; a program that ends with another exit code than 0 has failed.
/// </remarks>
public sealed record InputOutput : CodeForm
{
    /// <inheritdoc/>
    internal override string Fields => "question, inputs, outputs and, where there are, solution and id";

    /// <inheritdoc/>
    internal override bool Takes(CodeLanguage language) => true;

    /// <inheritdoc/>
    internal override Problem Read(FileRecord line, string id)
    {
        Pairs pairs = new(line.Texts("inputs"), line.Texts("outputs"));
        if (pairs.Inputs.Count == 0 || pairs.Inputs.Count != pairs.Outputs.Count)
        {
            throw new InputException(
                $"{line.Place}: {pairs.Inputs.Count} \"inputs\" and {pairs.Outputs.Count} \"outputs\"; expected as many of both, at least one.");
        }

        return new(id, line.Text("question"), JsonSerializer.Serialize(pairs, JsonSerializerOptions.Web), line.OptionalText("solution"));
    }

    /// <inheritdoc/>
    internal override async ValueTask<Verdict> TestAsync(TestBench bench, Problem problem, string code, CancellationToken cancellationToken)
    {
        Pairs pairs = JsonSerializer.Deserialize<Pairs>(problem.Answer, JsonSerializerOptions.Web)!;
        SandboxCommand command = bench.Language.Run(code, bench.Limits);
        for (int i = 0; i < pairs.Inputs.Count; i++)
        {
            await using SandboxedProgram program = await bench.StartAsync(command, cancellationToken).ConfigureAwait(false);
            Task input = InputAsync(program, pairs.Inputs[i]);
            string output = await program.ReadToEndAsync().ConfigureAwait(false);
            ProgramEnd end = await program.EndAsync().ConfigureAwait(false);
            await input.ConfigureAwait(false);
            if (end.ExitCode != 0)
            {
                return TestBench.Failed(code, i, pairs.Inputs.Count, end.ToString());
            }

            if (!Lines(output).SequenceEqual(Lines(pairs.Outputs[i]), StringComparer.Ordinal))
            {
                return TestBench.Failed(code, i, pairs.Inputs.Count, $"expected {Quoted.Of(pairs.Outputs[i].Trim())}, got {Quoted.Of(output.Trim())}");
            }
        }

        return TestBench.Passed(code, pairs.Inputs.Count);
    }

    private static async Task InputAsync(SandboxedProgram program, string text)
    {
        await program.WriteAsync(Encoding.UTF8.GetBytes(text)).ConfigureAwait(false);
        program.CloseInput();
    }

    private static IEnumerable<string> Lines(string text) => text.TrimEnd().Split('\n').Select(line => line.TrimEnd());

    private sealed record Pairs(IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs);
}
