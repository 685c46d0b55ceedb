using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Stepwise.Tasks.Commands;

/// <summary>The program did not answer, and is not to be asked again: the message says why, in one line for people.</summary>
/// <param name="message">Why.</param>
internal sealed class CheckerFailedException(string message) : Exception(message);

/// <summary>One process of a program that verifies: asked by a line, answers by a line. It is asked one thing at a time.</summary>
internal sealed class CheckerProcess : IDisposable
{
    /// <summary>The most bytes that the program may write for one request, late answers to others among them.</summary>
    public const int MostBytes = 1 << 20;

    // After an end of output or a kill: an exit code and the last words come at once, or are not waited for.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly ErrorTail _errors;
    private readonly byte[] _buffer = new byte[1 << 14];
    private Memory<byte> _unread;
    private Task _exchange = Task.CompletedTask;

    private CheckerProcess(Process process)
    {
        _process = process;
        _errors = new ErrorTail(process.StandardError.BaseStream);
    }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts the program.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="folder">Where it runs; empty for the working folder.</param>
    /// <exception cref="RunException">It cannot be started.</exception>
    public static CheckerProcess Start(IReadOnlyList<string> words, string folder)
    {
        if (words.Count == 0)
        {
            throw new RunException("task.command is not set, or a quote in it is not closed.");
        }

        ProcessStartInfo start = new(words[0], words.Skip(1))
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        try
        {
            return new(Process.Start(start)!);
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            throw new RunException($"task.command: {words[0]} cannot be started ({error.Message.TrimEnd('.')}).", error);
        }
    }

    /// <summary>Asks, and waits for the answer; answers to earlier requests are passed over.</summary>
    /// <param name="id">The request's id, above those before it.</param>
    /// <param name="request">The request's line without its line feed.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="time">Whose seconds these are.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The first line that is no answer to an earlier request.</returns>
    /// <exception cref="CheckerFailedException">It did not answer in time, ended, or wrote too much.</exception>
    public async Task<CheckerAnswer> AskAsync(long id, byte[] request, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        // On a thread of its own: a program that does not read keeps the one that writes to it.
        Task<CheckerAnswer> exchange = Task.Run(() => ExchangeAsync(id, request), CancellationToken.None);
        _exchange = exchange;
        try
        {
            return await exchange.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new CheckerFailedException(
                string.Create(CultureInfo.InvariantCulture, $"the program did not answer within {limit.TotalSeconds} s{_errors.Last}"));
        }
        catch (IOException)
        {
            throw new CheckerFailedException(await EndAsync().ConfigureAwait(false));
        }
    }

    /// <summary>Ends the process and those that it started, and waits until it is gone.</summary>
    public void Dispose()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It is gone already, or going.
        }

        _process.WaitForExit(Farewell);

        // Its streams are closed when nobody reads or writes them any more, which is now that it is gone.
        _ = _exchange.ContinueWith(_ => _process.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task<CheckerAnswer> ExchangeAsync(long id, byte[] request)
    {
        Stream input = _process.StandardInput.BaseStream;
        await input.WriteAsync((byte[])[.. request, (byte)'\n']).ConfigureAwait(false);
        await input.FlushAsync().ConfigureAwait(false);
        int left = MostBytes;
        while (true)
        {
            byte[] line = await ReadLineAsync(left).ConfigureAwait(false);
            left -= line.Length;
            CheckerAnswer answer = CheckerAnswer.Read(line);
            if (answer.Id is not { } other || other <= 0 || other >= id)
            {
                return answer;
            }
        }
    }

    /// <summary>A line without its line feed.</summary>
    /// <exception cref="IOException">The output ended.</exception>
    private async Task<byte[]> ReadLineAsync(int most)
    {
        using MemoryStream line = new();
        while (true)
        {
            int feed = _unread.Span.IndexOf((byte)'\n');
            int length = feed < 0 ? _unread.Length : feed;
            if (line.Length + length >= most)
            {
                throw new CheckerFailedException($"the program wrote more than {MostBytes} bytes without an answer{_errors.Last}");
            }

            line.Write(_unread.Span[..length]);
            if (feed >= 0)
            {
                _unread = _unread[(feed + 1)..];
                return line.ToArray();
            }

            int read = await _process.StandardOutput.BaseStream.ReadAsync(_buffer).ConfigureAwait(false);
            _unread = read > 0 ? _buffer.AsMemory(0, read) : throw new EndOfStreamException();
        }
    }

    /// <summary>How it ended, for people.</summary>
    private async Task<string> EndAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Farewell).ConfigureAwait(false);
            await _errors.ToEnd.WaitAsync(Farewell).ConfigureAwait(false);
            return $"the program ended with exit code {_process.ExitCode} and did not answer{_errors.Last}";
        }
        catch (TimeoutException)
        {
            return $"the program closed its output and did not answer{_errors.Last}";
        }
    }
}
