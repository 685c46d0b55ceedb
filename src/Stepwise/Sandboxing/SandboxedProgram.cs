using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Stepwise.Sandboxing;

/// <summary>A program that runs in a sandbox. What is read of it is bounded while it is read; what exceeds a limit ends it.</summary>
public sealed partial class SandboxedProgram : IAsyncDisposable
{
    private const int ErrorBytes = 2048;
    private const int KillSignal = 9;

    private readonly Process _process;
    private readonly SandboxLimits _limits;
    private readonly DirectoryInfo? _folder;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenRegistration _killing;
    private readonly CancellationToken _cancelled;
    private readonly Task<string> _error;
    private readonly byte[] _buffer = new byte[1 << 14];
    private int _start, _end, _taken;
    private string? _ended;

    private SandboxedProgram(Process process, SandboxLimits limits, DirectoryInfo? folder, CancellationToken cancellationToken)
    {
        _process = process;
        _limits = limits;
        _folder = folder;
        _cancelled = cancellationToken;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _stop.CancelAfter(limits.Clock);
        _killing = _stop.Token.Register(Kill);
        _error = TailAsync(process.StandardError.BaseStream);
    }

    /// <summary>Writes to standard input; what a program that ended does not take is lost.</summary>
    /// <param name="bytes">What to write.</param>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            Stream input = _process.StandardInput.BaseStream;
            await input.WriteAsync(bytes, _stop.Token).AsTask().WaitAsync(_stop.Token).ConfigureAwait(false);
            await input.FlushAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // How it ended is said by its output's end.
        }
    }

    /// <summary>Ends standard input.</summary>
    public void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before.
        }
    }

    /// <summary>The next line of standard output, without its line feed.</summary>
    /// <returns>The line; <see langword="null"/> where the output ended, or the program was ended because of a limit.</returns>
    public async ValueTask<string?> ReadLineAsync()
    {
        ArrayBufferWriter<byte> line = new();
        while (true)
        {
            int length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            int taken = length < 0 ? _end - _start : length;
            line.Write(_buffer.AsSpan(_start, taken));
            _start += length < 0 ? taken : taken + 1;
            if (length >= 0)
            {
                return Encoding.UTF8.GetString(line.WrittenSpan);
            }

            if (!await FillAsync().ConfigureAwait(false))
            {
                return null;
            }
        }
    }

    /// <summary>The rest of standard output.</summary>
    public async ValueTask<string> ReadToEndAsync()
    {
        ArrayBufferWriter<byte> output = new();
        do
        {
            output.Write(_buffer.AsSpan(_start, _end - _start));
            _start = _end;
        }
        while (await FillAsync().ConfigureAwait(false));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Waits for the end, within the time by the clock.</summary>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public async ValueTask<ProgramEnd> EndAsync()
    {
        string error = "";
        try
        {
            await _process.WaitForExitAsync(_stop.Token).ConfigureAwait(false);
            error = await _error.WaitAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _cancelled.ThrowIfCancellationRequested();
        }

        return (_ended ?? Late()) is { } reason
            ? new(null, reason, error)
            : new(_process.ExitCode, ProgramEnd.Of(_process.ExitCode, _limits), error);
    }

    /// <summary>Ends the program and all that it started.</summary>
    public async ValueTask DisposeAsync()
    {
        await _killing.DisposeAsync().ConfigureAwait(false);
        Kill();
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        _stop.Dispose();
        _process.Dispose();
        try
        {
            _folder?.Delete(recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A program without a sandbox may hold on to its folder: it is in the system's folder for such.
        }
    }

    /// <summary>Starts a process.</summary>
    /// <exception cref="SandboxException">It did not start.</exception>
    internal static async ValueTask<SandboxedProgram> StartAsync(
        Sandbox sandbox, ProcessStartInfo info, SandboxLimits limits, DirectoryInfo? folder, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        info.WorkingDirectory = folder?.FullName ?? "/";
        try
        {
            return new(await Launcher.StartAsync(info).ConfigureAwait(false), limits, folder, cancellationToken);
        }
        catch (Win32Exception error)
        {
            throw new SandboxException($"{sandbox.Name} did not start: {error.Message}", error);
        }
    }

    private static async Task<string> TailAsync(Stream stream)
    {
        byte[] buffer = new byte[4 * ErrorBytes];
        int length = 0, read;
        try
        {
            while ((read = await stream.ReadAsync(buffer.AsMemory(length)).ConfigureAwait(false)) > 0)
            {
                length += read;
                if (length > ErrorBytes)
                {
                    buffer.AsSpan(length - ErrorBytes, ErrorBytes).CopyTo(buffer);
                    length = ErrorBytes;
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // It was ended while this was read.
        }

        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    private string? Late() => _stop.IsCancellationRequested
        ? string.Create(CultureInfo.InvariantCulture, $"the program took longer than {_limits.Clock.TotalSeconds:0} s by the clock") : null;

    private async ValueTask<bool> FillAsync()
    {
        try
        {
            _start = 0;
            _end = 0;
            _end = await _process.StandardOutput.BaseStream.ReadAsync(_buffer, _stop.Token).AsTask().WaitAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _cancelled.ThrowIfCancellationRequested();
            return false;
        }

        _taken += _end;
        if (_taken > _limits.OutputBytes)
        {
            _ended = string.Create(CultureInfo.InvariantCulture, $"the program wrote more than {_limits.OutputBytes} bytes");
            Kill();
            return false;
        }

        return _end > 0;
    }

    /// <summary>
    /// Kills the process and its group. A sandbox takes all of its processes with it; without one, those that left the group stay.
    /// </summary>
    private void Kill()
    {
        if (!_process.HasExited || _folder is not null)
        {
            _ = Kill(-_process.Id, KillSignal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}
