using Stepwise.Options;

namespace Stepwise.Files;

/// <summary>A key that names a policy, by path or by the name of one that came with the program.</summary>
/// <param name="help">What it is, in one line.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PolicyKeyAttribute(string help) : PathKeyAttribute(help)
{
    /// <inheritdoc/>
    protected internal override string Locate(string text, string folder) => PolicyPath.Locate(text, folder);
}
