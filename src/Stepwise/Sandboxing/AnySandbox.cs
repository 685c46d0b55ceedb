namespace Stepwise.Sandboxing;

/// <summary>The first sandbox that can be used here: <see cref="Bubblewrap"/>, then <see cref="Namespaces"/>.</summary>
public sealed record AnySandbox : Sandbox
{
    private static readonly Sandbox[] Known = [new Bubblewrap(), new Namespaces()];

    /// <inheritdoc/>
    public override string Name => "auto";

    /// <inheritdoc/>
    protected override string Remedy => "Install bubblewrap (apt-get install bubblewrap), where the system allows user namespaces.";

    /// <inheritdoc/>
    public override async ValueTask<SandboxedProgram> StartAsync(
        SandboxCommand command, SandboxLimits limits, CancellationToken cancellationToken = default) =>
        await (await RequireAsync(command with { Command = ["true"] }, limits, cancellationToken).ConfigureAwait(false))
            .StartAsync(command, limits, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override async ValueTask<Sandbox> RequireAsync(
        SandboxCommand command, SandboxLimits limits, CancellationToken cancellationToken = default)
    {
        List<InputException> refusals = [];
        foreach (Sandbox sandbox in Known)
        {
            try
            {
                return await sandbox.RequireAsync(command, limits, cancellationToken).ConfigureAwait(false);
            }
            catch (InputException refusal)
            {
                refusals.Add(refusal);
            }
        }

        throw new InputException(string.Join(' ', refusals.Select(refusal => refusal.Message)), refusals[^1]);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Wrap(SandboxLimits limits, IReadOnlyList<string> command) => command;
}
