using Stepwise.Cli;

using Interrupt interrupt = new(Terminal.System);
return await CommandLine.RunAsync(args, Terminal.System, interrupt.Token).ConfigureAwait(false);
