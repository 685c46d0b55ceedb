namespace Stepwise.Cli.Hub;

/// <summary>A repository of a hub.</summary>
/// <param name="Name">Its name, organisation/name.</param>
/// <param name="IsDataset">Whether it holds problems; otherwise a model.</param>
internal sealed record HubRepository(string Name, bool IsDataset)
{
    /// <summary>Where the hub lists it, below <c>api/</c>.</summary>
    public string Listed => IsDataset ? $"datasets/{Name}" : $"models/{Name}";

    /// <summary>Where its files are.</summary>
    public string Stored => IsDataset ? $"datasets/{Name}" : Name;
}
