using Stepwise.Cli;

if (OpenFiles.Complaint() is { } complaint)
{
    Console.Error.WriteLine(complaint);
    return CommandLine.Failed;
}

using Interrupt interrupt = new(Terminal.System);
return await CommandLine.RunAsync(args, Terminal.System, interrupt.Token).ConfigureAwait(false);
