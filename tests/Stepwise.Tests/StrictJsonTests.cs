using System.Text;
using System.Text.Json;

namespace Stepwise.Tests;

public sealed class StrictJsonTests
{
    [Theory]
    [InlineData("""{"\ud800": 1}""")]
    [InlineData("""[{"a": [{"b\udc00\ud800": {}}]}]""")]
    [InlineData("""{"a": 1, "a": 2}""")]
    [InlineData("""{"a": 1, "\u0061": 2}""")]
    [InlineData("{")]
    [InlineData("")]
    public void Parse_NameThatIsNoTextOrComesTwice_Refused(string json) =>
        Should.Throw<JsonException>(() => StrictJson.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Parse_NameThatIsNotUtf8_Refused() =>
        Should.Throw<JsonException>(() => StrictJson.Parse(new byte[] { (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' }));

    [Theory]
    [InlineData("""{"\ud83d\ude42": 1, "🙂🙂": 2}""")]
    [InlineData("[1]")]
    [InlineData("""{"a": "\ud800"}""")]
    public void Parse_NamesOfText_Parsed(string json) => StrictJson.Parse(Encoding.UTF8.GetBytes(json)).Dispose();
}
