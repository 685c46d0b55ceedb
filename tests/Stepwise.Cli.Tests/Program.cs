using System.Text.Json;

namespace Stepwise.Cli.Tests;

/// <summary>What a command line printed, and its exit code.</summary>
internal sealed record Output(int Code, string Text, string Error)
{
    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Every line as JSON.</summary>
    public JsonElement[] Json => [.. Lines.Select(line => JsonDocument.Parse(line).RootElement)];
}

/// <summary>Runs the program within the test.</summary>
internal static class Program
{
    public static Task<Output> RunAsync(params string[] args) => RunAsync(new StringWriter(), "", args, TestContext.Current.CancellationToken);

    public static async Task<Output> RunAsync(
        StringWriter output, string input, string[] args, CancellationToken cancellationToken, bool interactive = false)
    {
        StringWriter error = new();
        Terminal terminal = new() { Output = output, Error = error, Input = new StringReader(input), Interactive = interactive };
        int code = await CommandLine.RunAsync(args, terminal, cancellationToken);
        return new(code, output.ToString(), error.ToString());
    }
}
