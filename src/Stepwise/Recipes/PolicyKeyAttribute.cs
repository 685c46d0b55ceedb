using Stepwise.Files;
using Stepwise.Options;

namespace Stepwise.Recipes;

/// <summary>The key that names a policy, by path or by the name of one that came with the program.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PolicyKeyAttribute() : PathKeyAttribute($"what to start from: {PolicyPath.Allowed}")
{
    /// <inheritdoc/>
    protected internal override string Locate(string text, string folder) => PolicyPath.Locate(text, folder);
}
