using System.CommandLine;
using System.Text;
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
    public static Terminal System { get; } = OfProcess();

    /// <summary>Where a prompt is read from.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Whether the output is a terminal, on which lines can be drawn again.</summary>
    public bool Interactive { get; init; }

    /// <summary>Whether what is written to the error stream appears on that terminal too.</summary>
    public bool ErrorIsShown { get; init; }

    /// <summary>Whether colours are shown.</summary>
    public bool Colours { get; init; }

    /// <summary>The terminal's columns and rows of the moment.</summary>
    public Func<(int Columns, int Rows)> Size { get; init; } = () => (80, 24);

    /// <summary>The terminal of a command that is run by <see cref="CommandLine"/>.</summary>
    public static Terminal Of(ParseResult parsed) => (Terminal)parsed.InvocationConfiguration;

    /// <summary>This terminal for work whose result is kept elsewhere: that the output fails does not end it.</summary>
    public Terminal AsLog()
    {
        Output = new LogWriter(Output, Error);
        return this;
    }

    /// <summary>A console that draws on the output.</summary>
    public IAnsiConsole Draw() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new Screen(Output, Interactive, Size),
        Ansi = Interactive ? AnsiSupport.Yes : AnsiSupport.No,
        Interactive = Interactive ? InteractionSupport.Yes : InteractionSupport.No,
        ColorSystem = Colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
    });

    private static Terminal OfProcess()
    {
        // A dumb terminal obeys no escape sequences.
        bool interactive = !Console.IsOutputRedirected && StandardStreams.IsOpen(1)
            && !string.Equals(Environment.GetEnvironmentVariable("TERM"), "dumb", StringComparison.Ordinal);
        return new()
        {
            Input = StandardStreams.IsOpen(0) ? Console.In : TextReader.Null,
            Output = StandardStreams.IsOpen(1) ? Console.Out : TextWriter.Null,
            Error = new LogWriter(StandardStreams.IsOpen(2) ? Console.Error : TextWriter.Null, error: null),
            Interactive = interactive,
            ErrorIsShown = !Console.IsErrorRedirected && StandardStreams.IsOpen(2),
            Colours = interactive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            Size = () => (Console.WindowWidth, Console.WindowHeight),
        };
    }

    private sealed class Screen(TextWriter writer, bool isTerminal, Func<(int Columns, int Rows)> size) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        // A terminal that does not know its size says 0.
        public int Width => size().Columns is > 0 and var columns ? columns : 80;

        public int Height => size().Rows is > 0 and var rows ? rows : 24;

        public void SetEncoding(Encoding encoding)
        {
            // The writers' encoding is UTF-8 from the start.
        }
    }
}
