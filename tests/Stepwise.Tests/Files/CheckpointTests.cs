using System.Text.Json.Nodes;
using Stepwise.Files;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Files;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Checkpoints => _folder.In("checkpoints");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SaveAsync_ThenLoad_GivesStateAndFilesBack()
    {
        Checkpoint saved = await Save(100);
        Checkpoint loaded = Checkpoint.Load(saved.Folder);

        saved.Folder.ShouldBe(Path.Combine(Checkpoints, "step-000100"));
        loaded.State.Step.ShouldBe(100);
        loaded.State.Seed.ShouldBe(ulong.MaxValue);
        loaded.State.DataPosition.ShouldBe(1600);
        loaded.State.RecipeDigest.ShouldBe("abc");
        loaded.State.Method.ToJsonString().ShouldBe("""{"lambda":0.1}""");
        File.ReadAllText(Path.Combine(loaded.PolicyFolder, "weights.bin")).ShouldBe("weights of step 100");
        Directory.GetFileSystemEntries(Checkpoints).ShouldBe([saved.Folder]);
    }

    [Fact]
    public async Task SaveAsync_DiskFullWhileThePolicyIsWritten_KeepsNothingOfItAndEarlierOnesWhole()
    {
        await Save(5);
        RunException error = await Should.ThrowAsync<RunException>(async () => await Checkpoint.SaveAsync(Checkpoints, State(10), target =>
        {
            File.WriteAllText(Path.Combine(target, "weights.bin"), "half of the");
            throw new IOException("No space left on device");
        }));

        error.Message.ShouldContain("step-000010");
        error.Message.ShouldContain("No space left on device");
        Directory.GetFileSystemEntries(Checkpoints).ShouldBe([Path.Combine(Checkpoints, "step-000005")]);
        Checkpoint.Latest(Checkpoints)!.State.Step.ShouldBe(5);
        (await Save(10)).State.Step.ShouldBe(10);
    }

    [Fact]
    public async Task SaveAsync_Cancelled_KeepsNothingOfIt()
    {
        await Should.ThrowAsync<OperationCanceledException>(async () =>
            await Checkpoint.SaveAsync(Checkpoints, State(10), _ => throw new OperationCanceledException()));

        Directory.GetFileSystemEntries(Checkpoints).ShouldBeEmpty();
    }

    [Fact]
    public async Task SaveAsync_AfterAnAttemptThatWasKilled_ReplacesItsRest()
    {
        Directory.CreateDirectory(Path.Combine(Checkpoints, ".partial-step-000010", "policy"));
        File.WriteAllText(Path.Combine(Checkpoints, ".partial-step-000010", "policy", "old.bin"), "rest");

        Checkpoint.Load((await Save(10)).Folder).State.Step.ShouldBe(10);
        Directory.GetFileSystemEntries(Checkpoints).Length.ShouldBe(1);
    }

    [Fact]
    public async Task SaveAsync_SameStepAgain_LeavesAWholeOneAndReplacesABrokenOne()
    {
        string weights = Path.Combine((await Save(10)).PolicyFolder, "weights.bin");
        await Checkpoint.SaveAsync(Checkpoints, State(10), _ => throw new InvalidOperationException("must not be written"));

        File.WriteAllText(weights, "damaged");
        await Save(10);
        File.ReadAllText(weights).ShouldBe("weights of step 10");
    }

    [Theory]
    [InlineData("policy/weights.bin", "truncate", "bytes")]
    [InlineData("policy/weights.bin", "flip", "SHA-256")]
    [InlineData("policy/weights.bin", "delete", "missing")]
    [InlineData("state.json", "flip", "SHA-256")]
    [InlineData("state.json", "delete", "missing")]
    [InlineData("policy/chat_template.jinja", "add", "not listed")]
    [InlineData("unstored.db", "add", "not listed")]
    [InlineData("manifest.json", "truncate", "not a checkpoint's JSON")]
    [InlineData("manifest.json", "delete", "manifest.json is missing")]
    public async Task Load_FileTamperedWith_NamesIt(string file, string how, string found)
    {
        string path = Path.Combine((await Save(10)).Folder, file);
        byte[] bytes = how is "add" ? [1] : File.ReadAllBytes(path);
        switch (how)
        {
            case "truncate": File.WriteAllBytes(path, bytes[..^3]); break;
            case "flip": bytes[^2] ^= 1; File.WriteAllBytes(path, bytes); break;
            case "delete": File.Delete(path); break;
            default: File.WriteAllBytes(path, bytes); break;
        }

        InputException error = Should.Throw<InputException>(() => Checkpoint.Load(Path.Combine(Checkpoints, "step-000010")));

        error.Message.ShouldContain(Path.GetFileName(file));
        error.Message.ShouldContain(found);
    }

    [Theory]
    [InlineData(".DS_Store")]
    [InlineData("policy/.DS_Store")]
    [InlineData("policy/notes.txt")]
    public async Task Load_FileThatNothingReads_DoesNoHarm(string file)
    {
        string saved = (await Save(10)).Folder;
        File.WriteAllText(Path.Combine(saved, file), "x");

        Checkpoint.Load(saved).State.Step.ShouldBe(10);
    }

    [Fact]
    public async Task Latest_StateOfAnotherStepThanTheFolder_IsNotTaken()
    {
        await Save(5);
        Directory.Move((await Save(10)).Folder, Path.Combine(Checkpoints, "step-000012"));
        List<string> reasons = [];

        Checkpoint.Latest(Checkpoints, reasons.Add)!.State.Step.ShouldBe(5);
        reasons.Single().ShouldContain("step-000012: its state.json says step 10");
    }

    [Fact]
    public async Task Latest_StoreLacksSteps_GoesBackToOneThatItHas()
    {
        await Save(5);
        await Save(10);
        List<string> reasons = [];

        Checkpoint.Latest(Checkpoints, reasons.Add, stored: 9)!.State.Step.ShouldBe(5);
        reasons.Single().ShouldContain("comes after training step 10, and the run's store has its first 9 whole");
        Checkpoint.Latest(Checkpoints, stored: 4).ShouldBeNull();
    }

    [Fact]
    public async Task SaveAsync_PolicySaysThatTheDiskIsFull_EarlierCheckpointsAreSaidToBeUntouched()
    {
        // As an engine says it: a failure of its own with the disk's as its cause.
        RunException error = await Should.ThrowAsync<RunException>(async () => await Checkpoint.SaveAsync(
            Checkpoints, State(10), _ => throw new RunException("weights", new IOException("No space left on device"))));

        error.Message.ShouldContain("No space left on device");
        error.Message.ShouldContain("Earlier checkpoints are untouched");
        Directory.GetFileSystemEntries(Checkpoints).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Files": null, "Version": 1}""")]
    [InlineData("""{"Files": [null], "Version": 1}""")]
    [InlineData("""{"Files": [], "Version": 1}""")]
    [InlineData("""{"Files": [], "Version": 2}""")]
    [InlineData("""{"Files": [{"Path": "../../secret", "Size": 1, "Sha256": ""}], "Version": 1}""")]
    [InlineData("""{"Files": [{"Path": "policy/weights.bin", "Size": -1, "Sha256": ""}], "Version": 1}""")]
    public async Task Load_LyingManifest_GivesAnInputException(string manifest)
    {
        string saved = (await Save(10)).Folder;
        File.WriteAllText(Path.Combine(saved, "manifest.json"), manifest);

        Should.Throw<InputException>(() => Checkpoint.Load(saved)).Message.ShouldContain(saved);
    }

    [Fact]
    public async Task Latest_NewestIsBroken_TakesTheOneBeforeAndSaysWhy()
    {
        await Save(5);
        await Save(10);
        File.AppendAllText(Path.Combine(Checkpoints, "step-000010", "policy", "weights.bin"), "x");
        List<string> reasons = [];

        Checkpoint.Latest(Checkpoints, reasons.Add)!.State.Step.ShouldBe(5);
        reasons.Single().ShouldContain("weights.bin");
    }

    [Fact]
    public async Task Latest_NewestCannotBeRead_TakesTheOneBeforeAndSaysWhy()
    {
        await Save(5);
        string manifest = Path.Combine((await Save(10)).Folder, "manifest.json");
        List<string> reasons = [];

        using (new FileStream(manifest, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Should.Throw<InputException>(() => Checkpoint.Load(Path.Combine(Checkpoints, "step-000010"))).Message.ShouldContain("cannot be read");
            Checkpoint.Latest(Checkpoints, reasons.Add)!.State.Step.ShouldBe(5);
        }

        reasons.Single().ShouldContain("step-000010");
    }

    [Fact]
    public async Task Latest_StepsOfSevenDigits_AreOrderedByNumber()
    {
        await Save(999_999);
        await Save(1_000_000);

        Checkpoint.Latest(Checkpoints)!.State.Step.ShouldBe(1_000_000);
    }

    [Fact]
    public void Latest_NoCheckpoint_IsNull() => Checkpoint.Latest(Checkpoints).ShouldBeNull();

    private static CheckpointState State(int step) =>
        new(step, ulong.MaxValue, step * 16L, step * 2L, "abc", new JsonObject { ["lambda"] = 0.1 });

    private ValueTask<Checkpoint> Save(int step) => Checkpoint.SaveAsync(Checkpoints, State(step), target =>
    {
        Directory.GetFileSystemEntries(target).ShouldBeEmpty();
        File.WriteAllText(Path.Combine(target, "weights.bin"), $"weights of step {step}");
        return ValueTask.CompletedTask;
    });
}
