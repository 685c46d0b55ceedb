using System.CommandLine;
using Spectre.Console;

namespace Stepwise.Cli;

/// <summary>What a command reads from and writes to; beside <see cref="InvocationConfiguration"/>'s two writers, how the output is shown.</summary>
internal sealed class Terminal : InvocationConfiguration
{
    public Terminal()
    {
        // CommandLine maps errors to exit codes, Interrupt handles signals.
        EnableDefaultExceptionHandler = false;
        ProcessTerminationTimeout = null;
    }

    /// <summary>The process's own streams, opened at once: later there may be too many open files to say so.</summary>
    public static Terminal System { get; } = new()
    {
        Output = Console.Out,
        Error = new LogWriter(Console.Error, error: null),
        Interactive = !Console.IsOutputRedirected,
        Colours = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
    };

    /// <summary>Where a prompt is read from.</summary>
    public TextReader Input { get; init; } = Console.In;

    /// <summary>Whether the output is a terminal, on which lines can be drawn again.</summary>
    public bool Interactive { get; init; }

    /// <summary>Whether colours are shown.</summary>
    public bool Colours { get; init; }

    /// <summary>The terminal of a command that is run by <see cref="CommandLine"/>.</summary>
    public static Terminal Of(ParseResult parsed) => (Terminal)parsed.InvocationConfiguration;

    /// <summary>The same terminal for work whose result is kept elsewhere: that the output fails does not end it.</summary>
    public Terminal AsLog() => new()
    {
        Output = new LogWriter(Output, Error), Error = Error, Input = Input, Interactive = Interactive, Colours = Colours,
    };

    /// <summary>A console that draws on the output.</summary>
    public IAnsiConsole Draw() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Output),
        Ansi = Interactive ? AnsiSupport.Yes : AnsiSupport.No,
        Interactive = Interactive ? InteractionSupport.Yes : InteractionSupport.No,
        ColorSystem = Colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
    });
}
