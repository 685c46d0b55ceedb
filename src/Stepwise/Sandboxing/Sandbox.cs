using System.Diagnostics;
using System.Globalization;

namespace Stepwise.Sandboxing;

/// <summary>A way to run a program of unknown origin as a process apart.</summary>
/// <remarks>
/// In a sandbox other than <see cref="NoSandbox"/> a program has no network, sees the system's folders to read and an empty folder of its own
/// to write, no process but its own, and no environment. All of its processes end with it, and with this one.
/// </remarks>
public abstract record Sandbox
{
    // Root has no bound on its processes, so that it gives up being root first.
    private const string Nobody = "65534";

    // An empty first line of output says that the sandbox stands and the program's file is written: what comes before it is the sandbox's.
    // The system out of memory ends such a process first.
    private const string Start =
        "echo 1000 2>/dev/null >/proc/self/oom_score_adj; head -c \"$1\" >\"$2\" && shift 2 && echo && exec \"$@\"";

    /// <summary>What makes the sandbox, for messages.</summary>
    public abstract string Name { get; }

    /// <summary>What to do where it does not start.</summary>
    protected abstract string Remedy { get; }

    /// <summary>Whether the system counts the sandbox's processes by themselves, and not with all others of the user.</summary>
    protected virtual bool CountsProcesses => true;

    /// <summary>Starts a program.</summary>
    /// <param name="command">The program.</param>
    /// <param name="limits">What it may take.</param>
    /// <param name="cancellationToken">Ends the program, whenever.</param>
    /// <returns>The running program, for the caller to dispose of.</returns>
    /// <exception cref="SandboxException">The sandbox did not start.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public virtual async ValueTask<SandboxedProgram> StartAsync(
        SandboxCommand command, SandboxLimits limits, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(limits);
        ProcessStartInfo info = new("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        info.Environment.Clear();
        info.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
        info.Environment["HOME"] = "/tmp";
        info.Environment["LANG"] = "C.UTF-8";
        string[] identity = Environment.IsPrivilegedProcess ? ["--reuid", Nobody, "--regid", Nobody, "--clear-groups"] : [];
        string[] limited =
        [
            "prlimit", Of("cpu", $"{limits.CpuSeconds}:{limits.CpuSeconds + 1}"), Of("as", limits.MemoryBytes),
            .. CountsProcesses ? [Of("nproc", limits.Processes)] : (string[])[], Of("fsize", limits.FileBytes), Of("nofile", 256), Of("core", 0),
            "/bin/sh", "-c", Start, "sh", command.Content.Length.ToString(CultureInfo.InvariantCulture), command.FileName, .. command.Command,
        ];
        foreach (string argument in (string[])["setpriv", .. identity, "--pdeathsig", "KILL", .. Wrap(limits, limited)])
        {
            info.ArgumentList.Add(argument);
        }

        SandboxedProgram program = await SandboxedProgram.StartAsync(this, info, limits, Folder(), cancellationToken).ConfigureAwait(false);
        try
        {
            await program.WriteAsync(command.Content).ConfigureAwait(false);
            if (await program.ReadLineAsync().ConfigureAwait(false) is not "")
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new SandboxException($"{Name} did not start: {(await program.EndAsync().ConfigureAwait(false)).InFull}");
            }

            return program;
        }
        catch
        {
            await program.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        static string Of(string name, object value) => string.Create(CultureInfo.InvariantCulture, $"--{name}={value}");
    }

    /// <summary>Checks that programs can be run here.</summary>
    /// <param name="command">A program that ends at once with exit code 0 where all is well.</param>
    /// <param name="limits">What it may take.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <returns>The sandbox to run them in.</returns>
    /// <exception cref="InputException">It does not start; says what to install.</exception>
    public virtual async ValueTask<Sandbox> RequireAsync(
        SandboxCommand command, SandboxLimits limits, CancellationToken cancellationToken = default)
    {
        try
        {
            await using SandboxedProgram program = await StartAsync(command, limits, cancellationToken).ConfigureAwait(false);
            program.CloseInput();
            await program.ReadToEndAsync().ConfigureAwait(false);
            ProgramEnd end = await program.EndAsync().ConfigureAwait(false);
            return end.ExitCode == 0
                ? this
                : throw new InputException(
                    $"{command.Needs} does not run in the sandbox {Name}: {end}. Install it under /usr, which is all that a sandbox shows.");
        }
        catch (SandboxException error)
        {
            throw new InputException($"The sandbox cannot be used: {error.Message}. {Remedy}", error);
        }
    }

    /// <summary>The command that runs another in the sandbox, in a folder of its own.</summary>
    /// <param name="limits">What it may take, as far as it is the sandbox that bounds it.</param>
    /// <param name="command">The command.</param>
    protected abstract IReadOnlyList<string> Wrap(SandboxLimits limits, IReadOnlyList<string> command);

    /// <summary>A folder made for the program outside the sandbox; <see langword="null"/> where the sandbox makes it.</summary>
    protected virtual DirectoryInfo? Folder() => null;
}
