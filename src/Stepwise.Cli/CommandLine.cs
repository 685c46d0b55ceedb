using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Stepwise.Cli.Commands;

namespace Stepwise.Cli;

/// <summary>The program: its commands, and what becomes of their errors.</summary>
internal static class CommandLine
{
    public const int Failed = 1;
    public const int WrongInput = 2;
    public const int Interrupted = 130;

    private const int LongestMessage = 1500;

    /// <summary>Runs a command line.</summary>
    /// <param name="args">What was typed after the program's name; nothing shows the help.</param>
    /// <param name="terminal">What is read and written.</param>
    /// <param name="cancellationToken">Stops the command.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        // No response files: a prompt may begin with @.
        ParseResult parsed = Root().Parse(args.Count == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        string[] mistakes = [.. CommandLineMistakes.Of(parsed)];
        if (mistakes.Length > 0)
        {
            Array.ForEach(mistakes, mistake => terminal.Error.WriteLine($"Error: {mistake}"));
            terminal.Error.WriteLine($"See {PathOf(parsed.CommandResult)} --help.");
            return WrongInput;
        }

        if (CommonOptions.CappedThreads(parsed) is { } asked)
        {
            terminal.Error.WriteLine(
                $"Note: --threads {asked} is taken as {Environment.ProcessorCount}, the number of processors; more would wait for each other.");
        }

        try
        {
            return await parsed.InvokeAsync(terminal, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Interrupted;
        }
        catch (InputException error)
        {
            terminal.Error.WriteLine($"Error: {error.Message}");
            return WrongInput;
        }
        catch (RunException error)
        {
            terminal.Error.WriteLine($"Error: {error.Message}");
            return Failed;
        }
        catch (Exception error)
        {
            bool debug = string.Equals(Environment.GetEnvironmentVariable("STEPWISE_DEBUG"), "1", StringComparison.Ordinal);
            terminal.Error.WriteLine(debug
                ? $"Error: {error}"
                : $"Error: {Escaped.Line(error.Message, LongestMessage)} ({error.GetType().Name}; STEPWISE_DEBUG=1 shows where)");
            return Failed;
        }
    }

    internal static CliCommand Root()
    {
        HelpOption help = new();
        help.Action = new HelpWithExample((HelpAction)help.Action!);
        return new CliCommand(
            "stepwise",
            "Reinforcement learning for reasoning language models that learns even when every sampled answer is wrong.",
            "stepwise train")
        {
            help,
            new VersionOption(),
            TrainCommand.Create(),
            EvalCommand.Create(),
            CheckCommand.Create(),
            JudgeCommand.Create(),
            VerifyCommand.Create(),
            SftCommand.Create(),
            GenerateCommand.Create(),
            ExportCommand.Create(),
            RolloutsCommand.Create(),
            ShowCommand.Create(),
            PullCommand.Create(),
            CompareCommand.Create(),
            TheoryCommand.Create(),
            BenchCommand.Create(),
            InitCommand.Create(),
            RecipeCommand.Create(),
            MethodsCommand.Create(),
            ExplainCommand.Create(),
        };
    }

    private static string PathOf(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}" : command.Command.Name;
}
