using System.Runtime.InteropServices;

namespace Stepwise.Cli;

/// <summary>Ctrl-C: the first asks the program to stop, the second ends it at once.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Terminal _terminal;

    public Interrupt(Terminal terminal)
    {
        _terminal = terminal;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
        {
            if (_terminal.Interactive)
            {
                // The live display hid the cursor and is given no time to show it again.
                _terminal.Output.Write("\e[?25h");
            }

            Environment.Exit(CommandLine.Interrupted);
        }

        context.Cancel = true;
        _terminal.Error.WriteLine("Stopping. Once more ends the program at once.");
        _source.Cancel();
    }
}
