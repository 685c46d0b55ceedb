namespace Stepwise.Cli.Tests;

public sealed class OpenFilesTests
{
    private const string Heading = "Limit                     Soft Limit           Hard Limit           Units";

    [Theory]
    [InlineData("80", "Error: at most 80 files may be open at once here")]
    [InlineData("128", null)]
    [InlineData("unlimited", null)]
    public void Complaint_LimitOfTheProcess_IsSaidWhereItIsTooLow(string limit, string? message)
    {
        string? complaint = OpenFiles.Complaint([Heading, $"Max open files            {limit,-20} {limit,-20} files"]);

        (complaint is null).ShouldBe(message is null);
        complaint?.ShouldStartWith(message!);
    }

    [Fact]
    public void Complaint_NotKnown_IsNone() => OpenFiles.Complaint([Heading]).ShouldBeNull();
}
