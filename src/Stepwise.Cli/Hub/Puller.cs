namespace Stepwise.Cli.Hub;

/// <summary>What is pulled.</summary>
/// <param name="Source">The repository.</param>
/// <param name="Revision">A branch, a tag or a commit.</param>
/// <param name="File">One file of it instead of those a policy needs, or of several of problems; or <see langword="null"/>.</param>
/// <param name="Folder">The full path of the folder that is made.</param>
internal sealed record PullRequest(HubRepository Source, string Revision, string? File, string Folder)
{
    /// <summary>The repository's name.</summary>
    public string Repository => Source.Name;
}

/// <summary>What a pull came to.</summary>
/// <param name="Record">What the folder holds.</param>
/// <param name="Downloaded">Whether it was downloaded now; otherwise it was there.</param>
internal sealed record PullResult(PullRecord Record, bool Downloaded);

/// <summary>Follows a pull.</summary>
internal interface IPullObserver
{
    /// <summary>It is known what is downloaded; comes again where an index names more.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="files">The files.</param>
    void OnPlan(string commit, IReadOnlyList<HubFile> files);

    /// <summary>More of a file is there.</summary>
    /// <param name="file">The file.</param>
    /// <param name="bytes">How much.</param>
    /// <param name="downloaded">Whether it was downloaded now; otherwise an earlier attempt left it.</param>
    void OnBytes(HubFile file, long bytes, bool downloaded);

    /// <summary>A file is there and has the checksum that the hub lists.</summary>
    /// <param name="file">The file.</param>
    void OnFile(HubFile file);
}

/// <summary>Downloads what a policy needs of a repository, or a file of problems, into a new folder.</summary>
/// <param name="client">The hub.</param>
/// <param name="retry">Tries again what failed.</param>
/// <param name="observer">Follows the pull.</param>
internal sealed class Puller(HubClient client, HubRetry retry, IPullObserver observer)
{
    /// <summary>The bytes that are free where a folder is.</summary>
    public Func<string, long> FreeBytes { get; init; } = folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Pulls, or finds that the same was pulled before.</summary>
    /// <exception cref="InputException">The repository cannot be read or holds no policy, or the folder is taken.</exception>
    /// <exception cref="RunException">The hub failed too often, a checksum is wrong, or the disk is full; what is there is kept.</exception>
    public async Task<PullResult> RunAsync(PullRequest request, CancellationToken cancellationToken)
    {
        PullRecord? there = PullFolder.Find(request.Folder);
        if (there is not null && HubNames.IsCommit(request.Revision))
        {
            return new(RequireSame(there, request, request.Revision), Downloaded: false);
        }

        HubListing listing = await retry.RunAsync(
            token => client.ListAsync(request.Source, request.Revision, token), cancellationToken).ConfigureAwait(false);
        if (there is not null)
        {
            return new(RequireSame(there, request, listing.Commit), Downloaded: false);
        }

        List<HubFile> files = request.Source.IsDataset
            ? DatasetFiles.Choose(listing, request.File, request.Repository)
            : PolicyFiles.Choose(listing, request.File, request.Repository);
        using PullFolder folder = PullFolder.Begin(request.Folder);
        observer.OnPlan(listing.Commit, files);
        await DownloadAsync(request.Source, listing.Commit, files, folder, cancellationToken).ConfigureAwait(false);
        if (files[^1].Path is PolicyFiles.Index)
        {
            byte[] index = await File.ReadAllBytesAsync(Path.Combine(folder.Partial, PolicyFiles.Index), cancellationToken).ConfigureAwait(false);
            List<HubFile> shards = PolicyFiles.Shards(index, listing, request.Repository);
            files = [.. files, .. shards];
            observer.OnPlan(listing.Commit, files);
            await DownloadAsync(request.Source, listing.Commit, shards, folder, cancellationToken).ConfigureAwait(false);
        }

        PullRecord record = new(request.Repository, listing.Commit, request.File, files) { IsDataset = request.Source.IsDataset };
        folder.Finish(record);
        return new(record, Downloaded: true);
    }

    private async Task DownloadAsync(
        HubRepository repository, string commit, IReadOnlyList<HubFile> files, PullFolder folder, CancellationToken cancellationToken)
    {
        long needed = files.Sum(f => f.Size - FileDownload.BytesThere(folder.Partial, f));
        if (FreeBytes(folder.Partial) is var free && needed > free)
        {
            throw new RunException($"{folder.Partial}: {needed} bytes are needed, {free} are free. Free space, or give another folder with --out.");
        }

        foreach (HubFile file in files)
        {
            FileDownload download = new(
                (from, token) => client.OpenAsync(repository, commit, file.Path, from, token), file, folder.Partial, retry,
                (bytes, downloaded) => observer.OnBytes(file, bytes, downloaded));
            await download.RunAsync(cancellationToken).ConfigureAwait(false);
            observer.OnFile(file);
        }
    }

    private static PullRecord RequireSame(PullRecord there, PullRequest request, string commit) =>
        there.IsDataset == request.Source.IsDataset
        && string.Equals(there.Repository, request.Repository, StringComparison.Ordinal) && string.Equals(there.Commit, commit, StringComparison.Ordinal)
        && string.Equals(there.File, request.File, StringComparison.Ordinal)
            ? there
            : throw new InputException(
                $"{request.Folder}: holds {Held(there.File, there.IsDataset)} of {there.Repository} at {there.Commit}, not "
                + $"{Held(request.File, request.Source.IsDataset)} of {request.Repository} at {commit}, and nothing is ever "
                + "overwritten. Give another folder with --out.");

    private static string Held(string? file, bool isDataset) => file ?? (isDataset ? "the problems" : "the policy");
}
