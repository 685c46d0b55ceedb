using System.Diagnostics;
using System.Globalization;
using System.Text;
using Stepwise.Options;
using Stepwise.Sandboxing;

namespace Stepwise.Tests.Sandboxing;

/// <summary>Each sandbox that can be used here, by scripts of the shell.</summary>
public sealed class SandboxTests
{
    // CPU time is the same on a busy machine, time by the clock is not: only the test of the clock ends by it.
    private static readonly SandboxLimits Limits = new() { CpuSeconds = 5, Clock = TimeSpan.FromMinutes(10) };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> All => [.. SandboxCatalog.Entries.Where(entry => entry.Part is not AnySandbox).Select(entry => entry.Name)];

    public static TheoryData<string> Closed => [.. SandboxCatalog.Entries.Where(entry => entry.Part is not (NoSandbox or AnySandbox)).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Run_OfAScript_ReadsItsInputAndFileAndGivesOutputErrorAndExitCode(string name)
    {
        await using SandboxedProgram program = await (await UsableAsync(name)).StartAsync(
            Script("cat script.sh | tail -n 1; cat; echo wrong >&2; exit 3\n# the end\n"), Limits, Stop);
        await program.WriteAsync("given\n"u8.ToArray());
        program.CloseInput();

        (await program.ReadLineAsync()).ShouldBe("# the end");
        (await program.ReadToEndAsync()).ShouldBe("given\n");
        ProgramEnd end = await program.EndAsync();
        (end.ExitCode, end.ToString()).ShouldBe((3, "the program ended with exit code 3: wrong"));
    }

    /// <summary>One process is the script's, one of the sandbox, one counts.</summary>
    [Theory]
    [MemberData(nameof(Closed))]
    public async Task Run_LookingAround_SeesNoFileNoProcessNoNetworkAndNoEnvironment(string name)
    {
        (await OutputAsync(name, "ls -d /etc/passwd /etc/shadow /root /home /var /opt /mnt /sys /run 2>/dev/null | wc -l")).ShouldBe("0\n");
        (await OutputAsync(name, "ls")).ShouldBe("script.sh\n");
        (await OutputAsync(name, "(echo x >/x) 2>/dev/null || (echo x >/usr/x) 2>/dev/null || (echo x >/etc/x) 2>/dev/null || echo kept")).ShouldBe("kept\n");
        (await OutputAsync(name, "tail -n +3 /proc/net/dev | grep -cv 'lo:'")).ShouldBe("0\n");
        (await OutputAsync(name, "env | cut -d= -f1 | grep -vE '^(PATH|HOME|LANG|PWD|OLDPWD|SHLVL|_)$' | wc -l")).ShouldBe("0\n");
        int.Parse(await OutputAsync(name, "ls -d /proc/[0-9]* | wc -l"), CultureInfo.InvariantCulture).ShouldBeLessThan(7);
        (await OutputAsync(name, "grep CapEff /proc/self/status")).ShouldBe("CapEff:\t0000000000000000\n");
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Run_AboveALimit_IsEnded(string name)
    {
        (await EndAsync(name, "while true; do :; done", Limits with { CpuSeconds = 1 })).ShouldContain("CPU time");
        (await EndAsync(name, "sleep 1000", Limits with { Clock = TimeSpan.FromSeconds(2) })).ShouldContain("by the clock");
        (await EndAsync(name, "yes", Limits with { OutputBytes = 100_000 })).ShouldBe("the program wrote more than 100000 bytes");
        (await EndAsync(name, "yes >file", Limits with { FileBytes = 100_000 })).ShouldNotContain("exit code 0");
    }

    /// <summary>A pipe that nobody reads holds 64 KB.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public async Task Run_WithMuchOnStandardError_IsReadToItsEnd(string name)
    {
        await using SandboxedProgram program = await (await UsableAsync(name)).StartAsync(Script("yes | head -c 4000000 >&2; echo last >&2"), Limits, Stop);
        (await program.ReadToEndAsync()).ShouldBe("");

        ProgramEnd end = await program.EndAsync();
        end.ToString().ShouldBe("the program ended with exit code 0: last");
        end.Error.Length.ShouldBeLessThan(10_000);
    }

    [Theory]
    [MemberData(nameof(Closed))]
    public async Task Run_OfAForkBomb_IsEndedWithAllItsProcesses(string name)
    {
        (await EndAsync(name, "bomb() { bomb | bomb & }; bomb; sleep 1000", Limits with { Clock = TimeSpan.FromSeconds(2) })).ShouldNotContain("exit code 0");
    }

    [Theory]
    [MemberData(nameof(Closed))]
    public async Task Dispose_WithADaemonLeftBehind_EndsItToo(string name)
    {
        // A length of sleep that names the test's own process.
        string length = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}{Random.Shared.Next(1_000_000)}");
        await using (SandboxedProgram program = await (await UsableAsync(name)).StartAsync(
            Script($"setsid nohup sleep {length} >/dev/null 2>&1 </dev/null & echo $!"), Limits, Stop))
        {
            await program.ReadLineAsync();
        }

        // It dies with its namespace, which nobody waits for but this.
        foreach (int id in Running(length))
        {
            await Gone(id).WaitAsync(TimeSpan.FromSeconds(60), Stop);
        }

        Running(length).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Run_Cancelled_Ends(string name)
    {
        Sandbox sandbox = await UsableAsync(name);
        using CancellationTokenSource stop = new();
        await using SandboxedProgram program = await sandbox.StartAsync(Script("echo up; sleep 1000"), Limits, stop.Token);
        await program.ReadLineAsync();
        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await program.ReadToEndAsync());
        await Should.ThrowAsync<OperationCanceledException>(async () => await sandbox.StartAsync(Script("echo"), Limits, stop.Token));
    }

    [Fact]
    public async Task Require_WithoutWhatItNeeds_SaysWhatAndWhatToInstall()
    {
        InputException error = await Should.ThrowAsync<InputException>(async () => await new Missing().RequireAsync(Script(""), Limits, Stop));
        error.Message.ShouldStartWith("The sandbox cannot be used: missing did not start: ");
        error.Message.ShouldEndWith(". Install it.");

        Sandbox none = await UsableAsync("none");
        (await Should.ThrowAsync<InputException>(async () => await none.RequireAsync(Script("") with { Command = ["no-such-program"], Needs = "no-such-program" }, Limits, Stop)))
            .Message.ShouldStartWith("no-such-program does not run in the sandbox none: the program ended with exit code 127");
    }

    private static async Task<Sandbox> UsableAsync(string name)
    {
        PartEntry entry = SandboxCatalog.Entries.Single(entry => string.Equals(entry.Name, name, StringComparison.Ordinal));
        try
        {
            return await ((Sandbox)entry.Part).RequireAsync(Script(""), Limits, Stop);
        }
        catch (InputException error)
        {
            Assert.Skip($"The sandbox {name} cannot be used here: {error.Message}");
            throw;
        }
    }

    private static SandboxCommand Script(string script) => new("script.sh", Encoding.UTF8.GetBytes(script), ["sh", "script.sh"]);

    private static async Task<string> OutputAsync(string name, string script)
    {
        await using SandboxedProgram program = await (await UsableAsync(name)).StartAsync(Script(script), Limits, Stop);
        return await program.ReadToEndAsync();
    }

    private static async Task<string> EndAsync(string name, string script, SandboxLimits limits)
    {
        await using SandboxedProgram program = await (await UsableAsync(name)).StartAsync(Script(script), limits, Stop);
        await program.ReadToEndAsync();
        return (await program.EndAsync()).Reason;
    }

    private static async Task Gone(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            await process.WaitForExitAsync(Stop);
        }
        catch (ArgumentException)
        {
            // It was gone before it could be looked at.
        }
    }

    private static int[] Running(string argument) =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(folder => IsSleep(folder, argument))
            .Select(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)),
    ];

    private static bool IsSleep(string folder, string argument)
    {
        try
        {
            return int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _)
                && File.ReadAllText(Path.Combine(folder, "cmdline")).Split('\0') is [.., "sleep", { } length, ""]
                && string.Equals(length, argument, StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private sealed record Missing : Sandbox
    {
        public override string Name => "missing";

        protected override string Remedy => "Install it.";

        protected override IReadOnlyList<string> Wrap(SandboxLimits limits, IReadOnlyList<string> command) => ["no-such-sandbox", .. command];
    }
}
