using System.Buffers.Binary;
using System.Text;
using FsCheck.Fluent;
using Stepwise.Engine.Files;
using Stepwise.Engine.Formats;

namespace Stepwise.Engine.Tests.Formats;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Place => _folder.File("x.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_SeveralTypes_ReadBackExactly()
    {
        float[] weights = [1f, -0f, float.PositiveInfinity, 1e-40f, 3.14159274f, -2f];
        long[] integers = [long.MinValue, 7, long.MaxValue];
        WriteSample(Place, weights, integers);
        using SafetensorsFile file = SafetensorsFile.Open(Place);
        file.Tensors.Keys.ShouldBe(["b", "a", "scalar", "none"]);
        file.Tensor("b").Shape.ShouldBe([2, 3]);
        GoldenFormatTests.Floats(file, "b").ShouldBe(weights);
        long[] back = new long[3];
        file.ReadExact<long>("a", back);
        back.ShouldBe(integers);
        double[] scalar = new double[1];
        file.ReadExact<double>("scalar", scalar);
        scalar.ShouldBe([0.1]);
        file.Tensor("none").Count.ShouldBe(0);
    }

    [Fact]
    public void Write_Twice_SameBytesAlignedAndNothingLeftBeside()
    {
        WriteSample(Place, new float[6], new long[3]);
        byte[] first = File.ReadAllBytes(Place);
        WriteSample(Place, new float[6], new long[3]);
        File.ReadAllBytes(Place).ShouldBe(first);
        (BinaryPrimitives.ReadInt64LittleEndian(first) % 8).ShouldBe(0);
        Directory.GetFiles(_folder.Path).ShouldBe([Place]);
    }

    [Fact]
    public void Write_BF16LongerThanAChunk_ReadBackRounded()
    {
        float[] values = [.. Enumerable.Range(0, 40_000).Select(i => i / 7f)];
        using (SafetensorsWriter writer = new(Place, [new SafetensorsEntry("x", SafetensorsType.BF16, values.Length)]))
        {
            writer.Write("x", values);
            writer.Commit();
        }

        using SafetensorsFile file = SafetensorsFile.Open(Place);
        GoldenFormatTests.Floats(file, "x").ShouldBe(ThroughBF16(values));
    }

    [Fact]
    public void Dispose_WithoutCommit_LeavesNothing()
    {
        SafetensorsEntry[] entries = [new("a", SafetensorsType.F32, 1), new("b", SafetensorsType.F32, 1)];
        using (SafetensorsWriter writer = new(Place, entries))
        {
            writer.Write("a", [1f]);
            Should.Throw<InvalidOperationException>(writer.Commit);
            Should.Throw<ArgumentException>(() => writer.Write("a", [1f]));
            Should.Throw<ArgumentException>(() => writer.Write("b", [1f, 2f]));
        }

        Directory.GetFiles(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void SafetensorsWriter_NoSuchFolder_RunException() =>
        Should.Throw<RunException>(() => new SafetensorsWriter(_folder.File("no/x.safetensors"), [])).Message.ShouldContain("x.safetensors");

    [Theory]
    [InlineData(0x3F800000u, 0x3F80)] // 1
    [InlineData(0x3F808000u, 0x3F80)] // half way, even below
    [InlineData(0x3F818000u, 0x3F82)] // half way, even above
    [InlineData(0x3F808001u, 0x3F81)] // above half way
    [InlineData(0x7F7FFFFFu, 0x7F80)] // the largest rounds to infinity
    [InlineData(0xFF800000u, 0xFF80)] // −infinity
    [InlineData(0x80000001u, 0x8000)] // the smallest negative rounds to −0
    [InlineData(0x7F800001u, 0x7FC0)] // NaN stays NaN
    public void EncodeBF16_Bits_RoundedToNearestEven(uint single, int expected)
    {
        byte[] bytes = new byte[2];
        NumberFormat.BF16.Encode([BitConverter.UInt32BitsToSingle(single)], bytes);
        BinaryPrimitives.ReadUInt16LittleEndian(bytes).ShouldBe((ushort)expected);
    }

    [Fact]
    public void EncodeBF16_AnyFinite_ReadsBackWithinHalfAStepAndExactTheSecondTime() => Properties.Check(Prop.ForAll(
        ArbMap.Default.ArbFor<float[]>(),
        values =>
        {
            float[] finite = [.. values.Where(float.IsFinite).Select(v => v / 2)];
            float[] once = ThroughBF16(finite);
            for (int i = 0; i < finite.Length; i++)
            {
                Math.Abs((double)once[i] - finite[i]).ShouldBeLessThanOrEqualTo(Math.Max(Math.Abs((double)finite[i]) / 256, 1e-40));
            }

            ThroughBF16(once).ShouldBe(once);
        }));

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "does not take 4 bytes")]
    [InlineData("""{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,4]}}""", 4, "F32, F16, BF16, F64, I64, I32, U64, U8")]
    [InlineData("""{"a":{"dtype":"0","shape":[1],"data_offsets":[0,4]}}""", 4, "F32")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "a.shape.[0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""", 4, "does not take")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4, "8 dimensions")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", 4, "a.data_offsets.[1]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""", 4, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "holes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "4 bytes after")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "Duplicate")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "dtype")]
    [InlineData("""{"a":[]}""", 0, "an object")]
    [InlineData("""[]""", 0, "an object")]
    [InlineData("""{"a":""", 0, "JSON")]
    [InlineData("""{"\ud800":1}""", 0, "JSON")]
    [InlineData("""{"__metadata__":{"format":1}}""", 0, "__metadata__.format")]
    public void Open_HeaderNotSound_RefusedWithFileAndReason(string header, int dataBytes, string reason)
    {
        File.WriteAllBytes(Place, [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), .. new byte[dataBytes]]);
        string message = Should.Throw<InputException>(() => SafetensorsFile.Open(Place)).Message;
        message.ShouldContain(Place);
        message.ShouldContain(reason);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 123, 125 })]
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, 123, 125 })]
    public void Open_HeaderLongerThanFile_Refused(byte[] content)
    {
        File.WriteAllBytes(Place, content);
        Should.Throw<InputException>(() => SafetensorsFile.Open(Place)).Message.ShouldContain(Place);
    }

    [Fact]
    public void Read_WrongNameTypeOrSize_RefusedByName()
    {
        WriteSample(Place, new float[6], new long[3]);
        using SafetensorsFile file = SafetensorsFile.Open(Place);
        Should.Throw<InputException>(() => file.Read("c", new float[1])).Message.ShouldContain("\"c\"");
        Should.Throw<InputException>(() => file.Read("a", new float[3])).Message.ShouldContain("I64");
        Should.Throw<InputException>(() => file.Read("b", new float[5])).Message.ShouldContain("[2, 3]");
        Should.Throw<InputException>(() => file.ReadExact<int>("a", new int[3])).Message.ShouldContain("I32");
    }

    [Fact]
    public void HuggingFaceFolder_FileMissing_NamesIt()
    {
        Should.Throw<InputException>(() => new HuggingFaceFolder(_folder.Path)).Message.ShouldContain("config.json: no such file");
        File.WriteAllText(_folder.File("config.json"), ModelConfigTests.Sound);
        Should.Throw<InputException>(() => new HuggingFaceFolder(_folder.Path)).Message.ShouldContain("model.safetensors: no such file");
        File.WriteAllText(_folder.File("model.safetensors.index.json"), "{}");
        Should.Throw<InputException>(() => new HuggingFaceFolder(_folder.Path)).Message.ShouldContain("\"weight_map\" is missing");
        Should.Throw<InputException>(() => WeightSource.Open(_folder.File("nothing"))).Message.ShouldContain("nothing");
    }

    internal static void WriteSample(string path, float[] weights, long[] integers)
    {
        using SafetensorsWriter writer = new(path,
        [
            new SafetensorsEntry("b", SafetensorsType.F32, 2, 3),
            new SafetensorsEntry("a", SafetensorsType.I64, 3),
            new SafetensorsEntry("scalar", SafetensorsType.F64),
            new SafetensorsEntry("none", SafetensorsType.BF16, 0, 5),
        ]);
        writer.Write("b", weights);
        writer.WriteExact<long>("a", integers);
        writer.WriteExact<double>("scalar", [0.1]);
        writer.Write("none", []);
        writer.Commit();
    }

    private static float[] ThroughBF16(float[] values)
    {
        byte[] bytes = new byte[2 * values.Length];
        NumberFormat.BF16.Encode(values, bytes);
        float[] back = new float[values.Length];
        NumberFormat.BF16.Decode(bytes, back);
        return back;
    }
}
