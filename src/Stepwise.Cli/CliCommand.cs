using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Stepwise.Cli;

/// <summary>A command whose help ends in an example.</summary>
/// <param name="name">The word on the command line.</param>
/// <param name="description">What it does, in one sentence.</param>
/// <param name="example">Command lines as one would type them, one per line.</param>
internal sealed class CliCommand(string name, string description, string example) : Command(name, description)
{
    public string Example { get; } = example;
}

/// <summary>The usual help, then the command's example.</summary>
internal sealed class HelpWithExample(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        // Those of the commands above it are no part of how this one is called.
        foreach (Argument argument in parseResult.CommandResult.Command.Parents.OfType<Command>().SelectMany(parent => parent.Arguments))
        {
            argument.Hidden = true;
        }

        int code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is CliCommand command)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Example:");
            foreach (string line in command.Example.Split('\n'))
            {
                output.WriteLine($"  {line}");
            }
        }

        return code;
    }
}
