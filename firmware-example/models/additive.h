// do(a1,a2,a3,a4,a5) on \"y\", by the estimator \"structured\"; exported by joint-effects 0.2.0.
// 16 coefficients, 76 bytes of constants, 15 multiplications, 18 additions.

// What was included under this name.
#if defined(ADDITIVE_H) && ADDITIVE_H != 0xde402f1213ee01faULL
#error "two models are named ADDITIVE: export one of them with another --name"
#endif

#ifndef ADDITIVE_H
#define ADDITIVE_H 0xde402f1213ee01faULL

#include <stdint.h>

// What tells this model from others, and the data that it was fitted to from others.
#define ADDITIVE_ID 0x54fac50525f7e752ULL
#define ADDITIVE_DATA 0x3373e02bee9950dfULL

#define ADDITIVE_ACTIONS 5
#define ADDITIVE_DEGREE 3
#define ADDITIVE_ACTION_NAMES {"a1", "a2", "a3", "a4", "a5"}
#define ADDITIVE_OUTCOME "y"
#define ADDITIVE_COEFFICIENTS 16

// Where the data support each action.
#define ADDITIVE_MIN {-0.29690474f, -0.21336502f, -0.35638276f, -0.113821015f, -0.27887627f}
#define ADDITIVE_MAX {0.31052917f, 0.16649047f, -0.1301488f, 0.19726972f, 0.12362601f}

// The expected outcome at these values of the actions.
static inline float additive_predict(const float *actions) {
    const float a0 = actions[0];
    const float a1 = actions[1];
    const float a2 = actions[2];
    const float a3 = actions[3];
    const float a4 = actions[4];
    const float z2 = a2 + 0.25f;
    const float z3 = a3 - 0.0625f;
    const float z4 = a4 + 0.0625f;
    float s = -0.3147978f;
    float s_0 = 0.23086675f;
    float s_0_0 = 0.057657048f;
    s_0_0 += a0 * -0.83937484f;
    s_0 += a0 * s_0_0;
    s += a0 * s_0;
    float s_1 = -0.5400279f;
    float s_1_1 = -0.0026020042f;
    s_1_1 += a1 * 0.43872237f;
    s_1 += a1 * s_1_1;
    s += a1 * s_1;
    float s_2 = -0.31085095f;
    float s_2_2 = -0.05411432f;
    s_2_2 += z2 * -0.098490566f;
    s_2 += z2 * s_2_2;
    s += z2 * s_2;
    float s_3 = 0.21652997f;
    float s_3_3 = 0.20218778f;
    s_3_3 += z3 * 4.7599235f;
    s_3 += z3 * s_3_3;
    s += z3 * s_3;
    float s_4 = -0.034782197f;
    float s_4_4 = 0.06255685f;
    s_4_4 += z4 * 0.51847404f;
    s_4 += z4 * s_4_4;
    s += z4 * s_4;
    return s;
}

// The expected outcome lies, with 95 % confidence, within this times the standard error of
// additive_predict.
#define ADDITIVE_T_QUANTILE 1.9601622f

// The squared standard error of additive_predict at these values of the actions; never negative.
static inline float additive_variance(const float *actions) {
    const float a0 = actions[0];
    const float a1 = actions[1];
    const float a2 = actions[2];
    const float a3 = actions[3];
    const float a4 = actions[4];
    const float z2 = a2 + 0.25f;
    const float z3 = a3 - 0.0625f;
    const float z4 = a4 + 0.0625f;
    float r0 = 3.8061055e-5f;
    float r0_0 = 1.1569232e-5f;
    float r0_0_0 = 7.961447e-6f;
    r0_0_0 += a0 * -0.00018215901f;
    r0_0 += a0 * r0_0_0;
    r0 += a0 * r0_0;
    float r0_1 = -8.380163e-5f;
    float r0_1_1 = 8.469335e-5f;
    r0_1_1 += a1 * 0.0007368438f;
    r0_1 += a1 * r0_1_1;
    r0 += a1 * r0_1;
    float r0_2 = 7.477942e-5f;
    float r0_2_2 = -0.00018681737f;
    r0_2_2 += z2 * 0.005192186f;
    r0_2 += z2 * r0_2_2;
    r0 += z2 * r0_2;
    float r0_3 = 3.9817824e-5f;
    float r0_3_3 = -0.0003010846f;
    r0_3_3 += z3 * -0.0062423954f;
    r0_3 += z3 * r0_3_3;
    r0 += z3 * r0_3;
    float r0_4 = -0.038480368f;
    float r0_4_4 = 0.058136437f;
    r0_4_4 += z4 * 4.2030187f;
    r0_4 += z4 * r0_4_4;
    r0 += z4 * r0_4;
    float v = r0 * r0;
    float r1 = -0.0011237735f;
    float r1_0 = -8.441033e-5f;
    float r1_0_0 = 7.83293e-6f;
    r1_0_0 += a0 * -0.00042865323f;
    r1_0 += a0 * r1_0_0;
    r1 += a0 * r1_0;
    float r1_1 = -0.00017287229f;
    float r1_1_1 = 0.00020614456f;
    r1_1_1 += a1 * 0.004235763f;
    r1_1 += a1 * r1_1_1;
    r1 += a1 * r1_1;
    float r1_2 = 0.00059532473f;
    float r1_2_2 = 0.0006438377f;
    r1_2_2 += z2 * -0.037209958f;
    r1_2 += z2 * r1_2_2;
    r1 += z2 * r1_2;
    float r1_3 = -0.044064634f;
    float r1_3_3 = 0.38560912f;
    r1_3_3 += z3 * 8.020042f;
    r1_3 += z3 * r1_3_3;
    r1 += z3 * r1_3;
    float r1_4 = 7.567614e-5f;
    r1_4 += z4 * 2.92588e-5f;
    r1 += z4 * r1_4;
    v += r1 * r1;
    float r2 = 0.0011521922f;
    float r2_0 = 6.382938e-5f;
    float r2_0_0 = 1.021741e-5f;
    r2_0_0 += a0 * 0.00028830534f;
    r2_0 += a0 * r2_0_0;
    r2 += a0 * r2_0;
    float r2_1 = 0.00026890822f;
    float r2_1_1 = -0.0004475214f;
    r2_1_1 += a1 * -0.007360053f;
    r2_1 += a1 * r2_1_1;
    r2 += a1 * r2_1;
    float r2_2 = -0.06132508f;
    float r2_2_2 = -0.28898668f;
    r2_2_2 += z2 * 15.6111f;
    r2_2 += z2 * r2_2_2;
    r2 += z2 * r2_2;
    float r2_3 = 0.00047557347f;
    r2_3 += z3 * -9.8542834e-5f;
    r2 += z3 * r2_3;
    float r2_4 = 1.5288877e-5f;
    r2_4 += z4 * 3.7220656e-5f;
    r2 += z4 * r2_4;
    v += r2 * r2;
    float r3 = -0.0016567362f;
    float r3_0 = -0.00026928837f;
    float r3_0_0 = 0.00011399188f;
    r3_0_0 += a0 * -0.0026725493f;
    r3_0 += a0 * r3_0_0;
    r3 += a0 * r3_0;
    float r3_1 = -0.0289503f;
    float r3_1_1 = 0.18152574f;
    r3_1_1 += a1 * 3.0785818f;
    r3_1 += a1 * r3_1_1;
    r3 += a1 * r3_1;
    float r3_2 = -0.000307321f;
    r3_2 += z2 * 0.00021399185f;
    r3 += z2 * r3_2;
    float r3_3 = -3.261543e-5f;
    r3_3 += z3 * -9.6311815e-5f;
    r3 += z3 * r3_3;
    float r3_4 = 0.00033383587f;
    r3_4 += z4 * 1.2346113e-5f;
    r3 += z4 * r3_4;
    v += r3 * r3;
    float r4 = 0.0005895518f;
    float r4_0 = -0.02378738f;
    float r4_0_0 = -0.043656588f;
    r4_0_0 += a0 * 0.97375095f;
    r4_0 += a0 * r4_0_0;
    r4 += a0 * r4_0;
    float r4_1 = 2.5018771e-5f;
    r4_1 += a1 * -8.88213e-5f;
    r4 += a1 * r4_1;
    float r4_2 = 0.00018724041f;
    r4_2 += z2 * 0.00018719301f;
    r4 += z2 * r4_2;
    float r4_3 = 2.2730956e-5f;
    r4_3 += z3 * -0.00010595486f;
    r4 += z3 * r4_3;
    float r4_4 = -8.121236e-5f;
    r4_4 += z4 * -3.369894e-5f;
    r4 += z4 * r4_4;
    v += r4 * r4;
    float r5 = -0.0007684333f;
    float r5_0 = 1.9746506e-6f;
    r5_0 += a0 * 8.49057e-7f;
    r5 += a0 * r5_0;
    float r5_1 = 1.7198926e-6f;
    r5_1 += a1 * 5.5452165e-6f;
    r5 += a1 * r5_1;
    float r5_2 = 2.4733325e-5f;
    r5_2 += z2 * -3.5080695e-6f;
    r5 += z2 * r5_2;
    float r5_3 = -8.428574e-7f;
    r5_3 += z3 * 4.906733e-5f;
    r5 += z3 * r5_3;
    float r5_4 = 0.0029453812f;
    r5_4 += z4 * 0.2733288f;
    r5 += z4 * r5_4;
    v += r5 * r5;
    float r6 = -0.00075887673f;
    float r6_0 = 7.287336e-6f;
    r6_0 += a0 * -5.5366604e-6f;
    r6 += a0 * r6_0;
    float r6_1 = -6.589385e-5f;
    r6_1 += a1 * -3.1096886e-5f;
    r6 += a1 * r6_1;
    float r6_2 = 0.00018296532f;
    r6_2 += z2 * -0.0004929331f;
    r6 += z2 * r6_2;
    float r6_3 = 0.011034393f;
    r6_3 += z3 * 0.39504293f;
    r6 += z3 * r6_3;
    r6 += z4 * -6.16649e-5f;
    v += r6 * r6;
    float r7 = -0.0008417231f;
    float r7_0 = -3.4318603e-7f;
    r7_0 += a0 * -1.1527453e-6f;
    r7 += a0 * r7_0;
    float r7_1 = 8.080045e-7f;
    r7_1 += a1 * 2.4926716e-5f;
    r7 += a1 * r7_1;
    float r7_2 = -0.0080515975f;
    r7_2 += z2 * 0.66744035f;
    r7 += z2 * r7_2;
    r7 += z3 * -3.119374e-5f;
    r7 += z4 * 4.0723703e-6f;
    v += r7 * r7;
    float r8 = -0.00078024785f;
    float r8_0 = -0.00010630157f;
    r8_0 += a0 * -2.5893673e-5f;
    r8 += a0 * r8_0;
    float r8_1 = 0.0077640414f;
    r8_1 += a1 * 0.23378877f;
    r8 += a1 * r8_1;
    r8 += z2 * -5.0095572e-5f;
    r8 += z3 * 1.6506045e-5f;
    r8 += z4 * 2.2276745e-5f;
    v += r8 * r8;
    float r9 = -0.00080559915f;
    float r9_0 = -0.0030274042f;
    r9_0 += a0 * 0.09907464f;
    r9 += a0 * r9_0;
    r9 += a1 * 1.5205821e-5f;
    r9 += z2 * -6.648646e-5f;
    r9 += z3 * 4.761705e-7f;
    r9 += z4 * 4.750498e-6f;
    v += r9 * r9;
    float r10 = 0.00029782666f;
    r10 += a0 * 7.4724834e-5f;
    r10 += a1 * -3.915605e-6f;
    r10 += z2 * -0.00025781908f;
    r10 += z3 * -1.3746653e-5f;
    r10 += z4 * 0.100606896f;
    v += r10 * r10;
    float r11 = 0.0015668897f;
    r11 += a0 * 1.9658031e-5f;
    r11 += a1 * -2.2065464e-5f;
    r11 += z2 * -0.007720095f;
    r11 += z3 * 0.11732762f;
    v += r11 * r11;
    float r12 = -0.0013767544f;
    r12 += a0 * 0.00021121616f;
    r12 += a1 * 1.0375518e-5f;
    r12 += z2 * 0.19590838f;
    v += r12 * r12;
    float r13 = 0.0013870889f;
    r13 += a0 * 0.0010415962f;
    r13 += a1 * 0.08958145f;
    v += r13 * r13;
    float r14 = -0.0014393969f;
    r14 += a0 * 0.075082734f;
    v += r14 * r14;
    v += 0.011687783f * 0.011687783f;
    return v;
}

// The square root by Newton's method, for which no library is needed.
static inline float additive_root(float x) {
    union {
        uint32_t bits;
        float value;
    } root;
    if (!(x > 0.0f)) {
        return x;
    }
    root.value = x;
    root.bits = (root.bits >> 1) + 0x1fbd1df5UL;
    root.value = 0.5f * (root.value + x / root.value);
    root.value = 0.5f * (root.value + x / root.value);
    root.value = 0.5f * (root.value + x / root.value);
    return root.value;
}

// Whether the data support values of the actions.
typedef enum { ADDITIVE_INSIDE, ADDITIVE_OUTSIDE, ADDITIVE_NOT_A_NUMBER } additive_scope;

static inline additive_scope additive_support(const float *actions) {
    const float min0 = -0.29690474f, max0 = 0.31052917f;
    const float min1 = -0.21336502f, max1 = 0.16649047f;
    const float min2 = -0.35638276f, max2 = -0.1301488f;
    const float min3 = -0.113821015f, max3 = 0.19726972f;
    const float min4 = -0.27887627f, max4 = 0.12362601f;
    if (actions[0] >= min0 && actions[0] <= max0
        && actions[1] >= min1 && actions[1] <= max1
        && actions[2] >= min2 && actions[2] <= max2
        && actions[3] >= min3 && actions[3] <= max3
        && actions[4] >= min4 && actions[4] <= max4) {
        return ADDITIVE_INSIDE;
    }
    if ((!(actions[0] >= min0) && !(actions[0] <= max0))
        || (!(actions[1] >= min1) && !(actions[1] <= max1))
        || (!(actions[2] >= min2) && !(actions[2] <= max2))
        || (!(actions[3] >= min3) && !(actions[3] <= max3))
        || (!(actions[4] >= min4) && !(actions[4] <= max4))) {
        return ADDITIVE_NOT_A_NUMBER;
    }
    return ADDITIVE_OUTSIDE;
}

// A prediction, and what it rests on.
typedef struct {
    float effect;
    float standard_error;
    additive_scope support;
} additive_checked;

// Where the data do not support the actions, the prediction means little.
static inline additive_checked additive_predict_checked(const float *actions) {
    additive_checked checked;
    checked.effect = additive_predict(actions);
    checked.standard_error = additive_root(additive_variance(actions));
    checked.support = additive_support(actions);
    return checked;
}

#endif

#if defined(ADDITIVE_TEST) && !defined(ADDITIVE_TESTED)
#define ADDITIVE_TESTED

// On AVR a constant is in RAM, unless it is asked to stay in flash.
#ifdef __AVR__
#include <avr/pgmspace.h>
#define ADDITIVE_FLASH PROGMEM
#define ADDITIVE_COPY(target, source) memcpy_P(&(target), &(source), sizeof (target))
#else
#define ADDITIVE_FLASH
#define ADDITIVE_COPY(target, source) ((target) = (source))
#endif

#define ADDITIVE_VECTORS 32

// By how much a prediction may differ from the vectors where operations are fused.
#define ADDITIVE_TOLERANCE 1.8598423e-6f

// Bit patterns of the actions, then of the outcome where nothing is fused.
static const uint32_t additive_vectors[ADDITIVE_VECTORS][ADDITIVE_ACTIONS + 1] ADDITIVE_FLASH = {
    {0xbe9803e6, 0xbe5a7c5c, 0xbeb677cd, 0xbde91afe, 0xbe8ec8df, 0xbe880411},
    {0x3e9efdae, 0x3e2a7c7a, 0xbe0545ba, 0x3e4a0113, 0x3dfd2fa2, 0xbeb0cb0e},
    {0xbe9803e6, 0xbe5a7c5c, 0xbeb677cd, 0xbde91afe, 0xbe8ec8df, 0xbe880411},
    {0xbe9803e6, 0x3e2a7c7a, 0xbe0545ba, 0xbde91afe, 0xbe8ec8df, 0xbf09051c},
    {0xbe9803e6, 0xbe5a7c5c, 0xbeb677cd, 0xbde91afe, 0xbe8ec8df, 0xbe880411},
    {0xbe9803e6, 0x3e2a7c7a, 0xbeb677cd, 0xbde91afe, 0xbe8ec8df, 0xbeedcd31},
    {0xbe9803e6, 0xbe5a7c5c, 0xbeb677cd, 0xbde91afe, 0xbe8ec8df, 0xbe880411},
    {0xbe9803e6, 0xbe5a7c5c, 0xbe0545ba, 0x3e4a0113, 0xbe8ec8df, 0xbe6f8ee2},
    {0xbe146055, 0xbd8763b8, 0xbe8d9f86, 0x3e1dc706, 0x3d94e7f5, 0xbe8e39eb},
    {0xbe314451, 0xbc9a81ec, 0xbea384d1, 0x3ddc5e8e, 0xbe52c069, 0xbe9a863a},
    {0x3d3b3697, 0xbdcdf706, 0xbe8e797c, 0xbdc4e55e, 0xbe87e9a8, 0xbe91b52d},
    {0xbe3edcab, 0xbe0724a3, 0xbea33b51, 0xbd19f5aa, 0xbdda2467, 0xbe904a8c},
    {0x3d738935, 0xbc7c0410, 0xbe35a94f, 0xbd91cb5d, 0xbe8992cb, 0xbeb1b081},
    {0x3e2f61e3, 0x3d82ad2f, 0xbe7b1d8e, 0xbc92f8fb, 0xbcaedee6, 0xbeaac027},
    {0x3d960510, 0x3d94cf09, 0xbeb4f2f0, 0x3c5e9f50, 0x3dbdaa4a, 0xbea2c828},
    {0x3e3066cf, 0xbd680bbe, 0xbe957ff5, 0x3dd83f12, 0x3daf2dc4, 0xbe6792e8},
    {0x3e47f927, 0xbdfa94e0, 0xbe304fde, 0x3d8ff9ef, 0x3ce524ec, 0xbe6f4091},
    {0x3b8dafcc, 0x3d1a959b, 0xbe3ddfe3, 0x3dafb38c, 0x3b017d79, 0xbeb3c567},
    {0x3dbfd300, 0xbd5a2148, 0xbe5550d2, 0xbd832546, 0xbe5b12e2, 0xbe9cff44},
    {0x3e900db1, 0x3c9f4bcd, 0xbe2f29df, 0xbd494c75, 0x3ce3af6a, 0xbea8ebc3},
    {0x3d3e6610, 0x3e0f4512, 0xbe87d152, 0x3dab2fa0, 0x3dd2831d, 0xbebdcbd6},
    {0x3e4e4cc2, 0xbcc1d6ad, 0xbea9812d, 0x3dd48816, 0x38af57a8, 0xbe68c998},
    {0x3e5df803, 0xbdfbd27b, 0xbe9edddc, 0x3d7bb7c9, 0x3d944fab, 0xbe418645},
    {0xbd8257cc, 0xbe28d014, 0xbe7857ce, 0xbd88c6c5, 0xbdcc6bd1, 0xbe8e4b9d},
    {0x3db55b0a, 0x3e259901, 0xbe9e111a, 0xbd9f6444, 0xbe8351ce, 0xbecad846},
    {0xbe60a2f8, 0xbe06d124, 0xbeae3aaf, 0x3e25c2d3, 0xbcfeae24, 0xbe6a60f2},
    {0x3e71e7b4, 0xbb789ff6, 0xbe490444, 0x3db69365, 0xbd40fc34, 0xbe8e0c05},
    {0x3e7933fd, 0xbe06c445, 0xbe818f63, 0x3d84aa62, 0xbe2ae5ec, 0xbe44b76e},
    {0xbe553293, 0xbd9fdd25, 0xbe419fa6, 0xbc24bc26, 0x3ce2ebef, 0xbeb28cd4},
    {0x3de8f866, 0x3e244b48, 0xbeb4c7cc, 0xbd86e0bc, 0xbcd54f31, 0xbec18dcb},
    {0xbe700f01, 0xbb788d08, 0xbea7ec6d, 0x3dd278c3, 0xbe601bdd, 0xbea111bd},
    {0xbe6ad412, 0x3e0d0ac5, 0xbe88ddd5, 0x3dea7630, 0x3d3dbeb5, 0xbed3272d},
};

// By how much a variance may differ where operations are fused.
#define ADDITIVE_VARIANCE_TOLERANCE 5.8321255e-8f

// Bit patterns of the variances at the vectors' actions where nothing is fused.
static const uint32_t additive_variances[ADDITIVE_VECTORS] ADDITIVE_FLASH = {
    0x3baf16d5,
    0x3b81eaf5,
    0x3baf16d5,
    0x3babfa50,
    0x3baf16d5,
    0x3ba838a4,
    0x3baf16d5,
    0x3ba59617,
    0x3a52c087,
    0x3a6bf5aa,
    0x3b01eec9,
    0x3a62456a,
    0x3af0893e,
    0x39d8e03c,
    0x3aaef3c6,
    0x3a4ca7c7,
    0x3a3ad881,
    0x39bd63cb,
    0x3a48805c,
    0x3a9c4510,
    0x3a813172,
    0x3a48972c,
    0x3a6d9abb,
    0x3a2ff20b,
    0x3b01d68a,
    0x3ab11bbe,
    0x3a13b72f,
    0x3a39a0d1,
    0x3a484c65,
    0x3ac6e0bd,
    0x3aab085f,
    0x3a88c6ea,
};

// The number of vectors missed.
static inline int additive_test(void) {
    int missed = 0;
    for (int i = 0; i < ADDITIVE_VECTORS; i++) {
        union {
            uint32_t bits;
            float value;
        } number;
        float actions[ADDITIVE_ACTIONS];
        for (int j = 0; j < ADDITIVE_ACTIONS; j++) {
            ADDITIVE_COPY(number.bits, additive_vectors[i][j]);
            actions[j] = number.value;
        }
        ADDITIVE_COPY(number.bits, additive_vectors[i][ADDITIVE_ACTIONS]);
        const float difference = additive_predict(actions) - number.value;
        if (!(difference <= ADDITIVE_TOLERANCE && difference >= -ADDITIVE_TOLERANCE)) {
            missed++;
        }
        if (additive_support(actions) != ADDITIVE_INSIDE) {
            missed++;
        }
        ADDITIVE_COPY(number.bits, additive_variances[i]);
        const float excess = additive_variance(actions) - number.value;
        if (!(excess <= ADDITIVE_VARIANCE_TOLERANCE && excess >= -ADDITIVE_VARIANCE_TOLERANCE)) {
            missed++;
        }
    }
    return missed;
}

#endif
