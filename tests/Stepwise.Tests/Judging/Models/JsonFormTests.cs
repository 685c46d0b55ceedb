using System.Text;
using System.Text.Json;
using Stepwise.Judging.Models;

namespace Stepwise.Tests.Judging.Models;

public sealed class JsonFormTests
{
    /// <summary>Whatever bytes come, those that may come make a whole answer of the form.</summary>
    [Fact]
    public void Append_RandomBytesThatMayCome_EndInJsonOfTheForm()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            int steps = 1 + (seed % 4), milestones = seed % 3;
            string text = Drawn(FullAnswer.Form("0a1b2c3d", steps, milestones), (ulong)seed);

            using JsonDocument json = JsonDocument.Parse(text);
            JsonElement root = json.RootElement;
            root.EnumerateObject().Select(field => field.Name).ShouldBe(["item", "steps", "first_error", "quote", "reason"]);
            root.GetProperty("item").GetString().ShouldBe("0a1b2c3d");
            root.GetProperty("first_error").GetInt32().ShouldBeInRange(0, steps);
            root.GetProperty("reason").GetString()!.Length.ShouldBeLessThanOrEqualTo(2 * 240);
            JsonElement[] labels = [.. root.GetProperty("steps").EnumerateArray()];
            labels.Length.ShouldBeInRange(1, steps);
            for (int i = 0; i < labels.Length; i++)
            {
                labels[i].GetProperty("step").GetInt32().ShouldBe(i + 1);
                labels[i].GetProperty("label").GetString().ShouldBeOneOf("progress", "idle", "wrong");
                labels[i].GetProperty("milestones").EnumerateArray().ShouldAllBe(m => m.GetInt32() >= 1 && m.GetInt32() <= milestones);
            }
        }
    }

    [Theory]
    [InlineData(0, 0, "0", "00 01 1 -1")]
    [InlineData(1, 9, "1 9", "0 10 11")]
    [InlineData(0, 12, "0 3 10 12", "13 20 100 03")]
    [InlineData(7, 7, "7", "6 8 70 77")]
    [InlineData(95, 1203, "95 100 999 1203", "94 9 1204 2000 12030")]
    public void Allows_WholeNumbers_ThoseOfTheRangeAndNoOther(int low, int high, string allowed, string others)
    {
        ObjectForm form = new([("n", new IntegerForm(low, high))]);

        allowed.Split(' ').ShouldAllBe(number => Whole(form, $$"""{"n": {{number}}}"""));
        others.Split(' ').ShouldAllBe(number => !Whole(form, $$"""{"n": {{number}}}"""));
    }

    [Theory]
    [InlineData("\"abc\"", true)]
    [InlineData("\"abcd\"", false)]
    [InlineData("\"\\n\\\"\\\\\"", true)]
    [InlineData("\"\\u0041\"", false)]
    [InlineData("\"\\x\"", false)]
    [InlineData("\"\u00e9\u20ac\ud83d\ude00\"", true)]
    [InlineData("\"a\nb\"", false)]
    [InlineData("\"\"", true)]
    [InlineData("'a'", false)]
    public void Allows_Texts_OfTheirLengthAndWellFormed(string text, bool allowed) =>
        Whole(new ObjectForm([("t", new TextForm(3))]), $$"""{"t": {{text}}}""").ShouldBe(allowed);

    [Theory]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xE0, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xF5, 0x80, 0x80, 0x80 })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x22 })]
    public void Allows_BytesThatAreNoUtf8_Never(byte[] bytes)
    {
        JsonFormConstraint constraint = new(new ObjectForm([("t", new TextForm(9))]));
        constraint.Append("{\"t\": \"a"u8);

        constraint.Allows(bytes).ShouldBeFalse();
        constraint.Allows("\u20ac"u8).ShouldBeTrue();
        constraint.Allows("\u20ac"u8[..1]).ShouldBeTrue();
    }

    [Fact]
    public void Allows_AfterTheEnd_Nothing()
    {
        JsonFormConstraint constraint = new(new ObjectForm([("b", new TruthForm())]));
        constraint.Allows("{\"b\": true} "u8).ShouldBeFalse();
        constraint.Append("{\"b\": fal"u8);
        constraint.Ended.ShouldBeFalse();
        constraint.Append("se}"u8);

        constraint.Ended.ShouldBeTrue();
        Enumerable.Range(0, 256).ShouldAllBe(b => !constraint.Allows(new[] { (byte)b }));
        Should.Throw<ArgumentException>(() => constraint.Append("x"u8));
    }

    [Fact]
    public void ToSchema_TheFullAnswer_IsStrictAndTheSameForEveryQuestionOfItsSize()
    {
        string schema = FullAnswer.Form("a", 3, 2).ToSchema().ToJsonString();

        schema.ShouldBe(FullAnswer.Form("b", 3, 2).ToSchema().ToJsonString());
        schema.ShouldStartWith("""{"type":"object","properties":{"item":{"type":"string"},"steps":{"type":"array","items":{"type":"object","properties":{"step":{"type":"integer"}""");
        schema.ShouldContain("""["step","check","label","milestones"],"additionalProperties":false},"maxItems":3}""");
        schema.ShouldEndWith("""["item","steps","first_error","quote","reason"],"additionalProperties":false}""");
    }

    private static bool Whole(JsonForm form, string text)
    {
        JsonFormConstraint constraint = new(form);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (!constraint.Allows(bytes))
        {
            return false;
        }

        constraint.Append(bytes);
        return constraint.Ended;
    }

    private static string Drawn(JsonForm form, ulong key)
    {
        JsonFormConstraint constraint = new(form);
        List<byte> text = [];
        for (ulong position = 0; !constraint.Ended; position++)
        {
            byte[] may = [.. Enumerable.Range(0, 256).Select(b => (byte)b).Where(b => constraint.Allows([b]))];
            may.Length.ShouldBePositive();
            text.Add(may[CounterRandom.Integer(key, position, may.Length)]);
            constraint.Append([text[^1]]);
        }

        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. text]);
    }
}
