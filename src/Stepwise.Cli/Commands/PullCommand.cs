using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Cli.Hub;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise pull</c>: downloads a policy, or problems, from a model hub.</summary>
internal static class PullCommand
{
    /// <summary>Before the second attempt.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        Argument<string> repository = new("repository") { Description = "The model repository, organisation/name; with --dataset that of a dataset." };
        Option<bool> dataset = new("--dataset")
        {
            Description = "Download a file of problems (.jsonl, .json, .csv or .parquet) from a dataset's repository; --file chooses among several.",
        };
        Option<string> revision = new("--revision")
        {
            Description = "A branch, a tag or a commit.",
            HelpName = "name",
            DefaultValueFactory = _ => "main",
        };
        Option<string?> file = new("--file")
        {
            Description = "Download this one file, for example a .gguf, instead of those a policy folder needs.", HelpName = "path",
        };
        Option<string?> output = new("--out") { Description = "The new folder (default: models/<name>, with --dataset data/<name>).", HelpName = "folder" };
        Option<string?> token = new("--token-from")
        {
            Description = $"The environment variable that holds the token for private repositories (default: {HubEndpoint.TokenVariable}, if it is set).",
            HelpName = "variable",
        };
        Option<string?> endpoint = new("--endpoint")
        {
            Description = $"The hub's address (default: {HubEndpoint.EndpointVariable}, or else {HubEndpoint.Default}).",
            HelpName = "url",
        };
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "pull",
            "Download a policy, or problems, from a model hub; goes on where an interrupted download stopped.",
            """
            stepwise pull HuggingFaceTB/SmolLM2-135M-Instruct
            stepwise pull organisation/name --file model.Q8_0.gguf --out models/name-q8
            stepwise pull --dataset openai/gsm8k --file main/train-00000-of-00001.parquet
            HF_TOKEN=... stepwise pull organisation/private --revision v1.0
            """)
        {
            repository, dataset, revision, file, output, token, endpoint, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            string name = HubNames.Repository(parsed.GetRequiredValue(repository));
            bool problems = parsed.GetValue(dataset);
            string folder = parsed.GetValue(output) ?? Path.Combine(problems ? "data" : "models", name[(name.IndexOf('/') + 1)..]);
            PullRequest request = new(
                new(name, problems), HubNames.Revision(parsed.GetRequiredValue(revision)), parsed.GetValue(file),
                Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            string? secret = HubEndpoint.ReadToken(parsed.GetValue(token), Environment.GetEnvironmentVariable);
            Uri hub = HubEndpoint.Read(parsed.GetValue(endpoint), Environment.GetEnvironmentVariable, secret is not null);
            return RunAsync(request, hub, secret, parsed.GetValue(json), Terminal.Of(parsed), cancellationToken);
        });
        return command;
    }

    private static async Task RunAsync(
        PullRequest request, Uri hub, string? token, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        IPullDisplay display = json ? new JsonPullDisplay(request, terminal.Output)
            : terminal.Interactive ? new TerminalPullDisplay(request, terminal)
            : new PlainPullDisplay(request, terminal.Output);
        using HubClient client = new(hub, token);
        Puller puller = new(client, new HubRetry(RetryDelay), display);
        try
        {
            display.End(await display.FollowAsync(() => puller.RunAsync(request, cancellationToken)).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            terminal.Error.WriteLine("Stopped. The same command goes on from here.");
            throw;
        }
    }
}
