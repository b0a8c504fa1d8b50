// do(a1,a2,a3,a4,a5) on \"y\", by the estimator \"indicator\"; exported by joint-effects 0.2.0.
// 56 coefficients, 236 bytes of constants, 55 multiplications, 58 additions.

// What was included under this name.
#if defined(POLYNOMIAL_H) && POLYNOMIAL_H != 0x51af7b40bfce53d2ULL
#error "two models are named POLYNOMIAL: export one of them with another --name"
#endif

#ifndef POLYNOMIAL_H
#define POLYNOMIAL_H 0x51af7b40bfce53d2ULL

#include <stdint.h>

// What tells this model from others, and the data that it was fitted to from others.
#define POLYNOMIAL_ID 0x8ccd1b915af92ec0ULL
#define POLYNOMIAL_DATA 0x67229201d9dcb103ULL

#define POLYNOMIAL_ACTIONS 5
#define POLYNOMIAL_DEGREE 3
#define POLYNOMIAL_ACTION_NAMES {"a1", "a2", "a3", "a4", "a5"}
#define POLYNOMIAL_OUTCOME "y"
#define POLYNOMIAL_COEFFICIENTS 56

// Where the data support each action.
#define POLYNOMIAL_MIN {-0.29690474f, -0.21336502f, -0.35638276f, -0.113821015f, -0.27887627f}
#define POLYNOMIAL_MAX {0.31052917f, 0.16649047f, -0.1301488f, 0.19726972f, 0.12362601f}

// The expected outcome at these values of the actions.
static inline float polynomial_predict(const float *actions) {
    const float a0 = actions[0];
    const float a1 = actions[1];
    const float a2 = actions[2];
    const float a3 = actions[3];
    const float a4 = actions[4];
    const float z2 = a2 + 0.25f;
    const float z3 = a3 - 0.0625f;
    const float z4 = a4 + 0.0625f;
    float s = -0.28356174f;
    float s_0 = 0.21883994f;
    float s_0_0 = -1.4159216f;
    s_0_0 += a0 * 4.0417976f;
    s_0 += a0 * s_0_0;
    s += a0 * s_0;
    float s_1 = -0.9055033f;
    float s_1_0 = -1.6362153f;
    s_1_0 += a0 * 13.611808f;
    s_1 += a0 * s_1_0;
    float s_1_1 = 1.8723283f;
    s_1_1 += a0 * -61.650253f;
    s_1_1 += a1 * 8.557518f;
    s_1 += a1 * s_1_1;
    s += a1 * s_1;
    float s_2 = -1.039042f;
    float s_2_0 = -0.34421694f;
    s_2_0 += a0 * -80.60947f;
    s_2 += a0 * s_2_0;
    float s_2_1 = -18.14268f;
    s_2_1 += a0 * 34.127945f;
    s_2_1 += a1 * 93.34241f;
    s_2 += a1 * s_2_1;
    float s_2_2 = -5.3320293f;
    s_2_2 += a0 * 42.80576f;
    s_2_2 += a1 * -124.89359f;
    s_2_2 += z2 * -21.514017f;
    s_2 += z2 * s_2_2;
    s += z2 * s_2;
    float s_3 = 0.89924157f;
    float s_3_0 = 3.7374637f;
    s_3_0 += a0 * -156.54514f;
    s_3 += a0 * s_3_0;
    float s_3_1 = -1.7873356f;
    s_3_1 += a0 * -280.4756f;
    s_3_1 += a1 * 88.214455f;
    s_3 += a1 * s_3_1;
    float s_3_2 = -38.904568f;
    s_3_2 += a0 * -158.01003f;
    s_3_2 += a1 * -80.881775f;
    s_3_2 += z2 * -125.77092f;
    s_3 += z2 * s_3_2;
    float s_3_3 = 3.3583477f;
    s_3_3 += a0 * -84.090904f;
    s_3_3 += a1 * -104.040115f;
    s_3_3 += z2 * -23.272654f;
    s_3_3 += z3 * -55.594933f;
    s_3 += z3 * s_3_3;
    s += z3 * s_3;
    float s_4 = -0.33817947f;
    float s_4_0 = -1.2923763f;
    s_4_0 += a0 * 29.289665f;
    s_4 += a0 * s_4_0;
    float s_4_1 = 2.2476883f;
    s_4_1 += a0 * -129.17549f;
    s_4_1 += a1 * -3.0103621f;
    s_4 += a1 * s_4_1;
    float s_4_2 = -7.035477f;
    s_4_2 += a0 * 135.09016f;
    s_4_2 += a1 * -16.364277f;
    s_4_2 += z2 * -108.24089f;
    s_4 += z2 * s_4_2;
    float s_4_3 = -5.307122f;
    s_4_3 += a0 * -122.81996f;
    s_4_3 += a1 * -343.80597f;
    s_4_3 += z2 * -29.611954f;
    s_4_3 += z3 * 38.85602f;
    s_4 += z3 * s_4_3;
    float s_4_4 = -4.0805116f;
    s_4_4 += a0 * 83.63125f;
    s_4_4 += a1 * 72.91709f;
    s_4_4 += z2 * -100.79464f;
    s_4_4 += z3 * 2.6750536f;
    s_4_4 += z4 * 34.439022f;
    s_4 += z4 * s_4_4;
    s += z4 * s_4;
    return s;
}

// Whether the data support values of the actions.
typedef enum { POLYNOMIAL_INSIDE, POLYNOMIAL_OUTSIDE, POLYNOMIAL_NOT_A_NUMBER } polynomial_scope;

static inline polynomial_scope polynomial_support(const float *actions) {
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
        return POLYNOMIAL_INSIDE;
    }
    if ((!(actions[0] >= min0) && !(actions[0] <= max0))
        || (!(actions[1] >= min1) && !(actions[1] <= max1))
        || (!(actions[2] >= min2) && !(actions[2] <= max2))
        || (!(actions[3] >= min3) && !(actions[3] <= max3))
        || (!(actions[4] >= min4) && !(actions[4] <= max4))) {
        return POLYNOMIAL_NOT_A_NUMBER;
    }
    return POLYNOMIAL_OUTSIDE;
}

// A prediction, and what it rests on.
typedef struct {
    float effect;
    polynomial_scope support;
} polynomial_checked;

// Where the data do not support the actions, the prediction means little.
static inline polynomial_checked polynomial_predict_checked(const float *actions) {
    polynomial_checked checked;
    checked.effect = polynomial_predict(actions);
    checked.support = polynomial_support(actions);
    return checked;
}

#endif

#if defined(POLYNOMIAL_TEST) && !defined(POLYNOMIAL_TESTED)
#define POLYNOMIAL_TESTED

// On AVR a constant is in RAM, unless it is asked to stay in flash.
#ifdef __AVR__
#include <avr/pgmspace.h>
#define POLYNOMIAL_FLASH PROGMEM
#define POLYNOMIAL_COPY(target, source) memcpy_P(&(target), &(source), sizeof (target))
#else
#define POLYNOMIAL_FLASH
#define POLYNOMIAL_COPY(target, source) ((target) = (source))
#endif

#define POLYNOMIAL_VECTORS 32

// By how much a prediction may differ from the vectors where operations are fused.
#define POLYNOMIAL_TOLERANCE 7.795577e-5f

// Bit patterns of the actions, then of the outcome where nothing is fused.
static const uint32_t polynomial_vectors[POLYNOMIAL_VECTORS][POLYNOMIAL_ACTIONS + 1] POLYNOMIAL_FLASH = {
    {0xbe9803e6, 0xbe5a7c5c, 0xbeb677cd, 0xbde91afe, 0xbe8ec8df, 0x411f89b2},
    {0x3e9efdae, 0x3e2a7c7a, 0xbe0545ba, 0x3e4a0113, 0x3dfd2fa2, 0xc11e58f5},
    {0xbe9803e6, 0xbe5a7c5c, 0xbeb677cd, 0xbde91afe, 0xbe8ec8df, 0x411f89b2},
    {0xbe9803e6, 0x3e2a7c7a, 0xbe0545ba, 0xbde91afe, 0xbe8ec8df, 0xc0909ebc},
    {0xbe9803e6, 0xbe5a7c5c, 0xbeb677cd, 0xbde91afe, 0xbe8ec8df, 0x411f89b2},
    {0xbe9803e6, 0x3e2a7c7a, 0xbeb677cd, 0xbde91afe, 0xbe8ec8df, 0xc05662a6},
    {0xbe9803e6, 0xbe5a7c5c, 0xbeb677cd, 0xbde91afe, 0xbe8ec8df, 0x411f89b2},
    {0xbe9803e6, 0xbe5a7c5c, 0xbe0545ba, 0x3e4a0113, 0xbe8ec8df, 0xc0b3e9b6},
    {0xbe146055, 0xbd8763b8, 0xbe8d9f86, 0x3e1dc706, 0x3d94e7f5, 0xbebd513a},
    {0xbe314451, 0xbc9a81ec, 0xbea384d1, 0x3ddc5e8e, 0xbe52c069, 0xbf9b8840},
    {0x3d3b3697, 0xbdcdf706, 0xbe8e797c, 0xbdc4e55e, 0xbe87e9a8, 0xbe8d61af},
    {0xbe3edcab, 0xbe0724a3, 0xbea33b51, 0xbd19f5aa, 0xbdda2467, 0x3fc697ff},
    {0x3d738935, 0xbc7c0410, 0xbe35a94f, 0xbd91cb5d, 0xbe8992cb, 0xbf378c0a},
    {0x3e2f61e3, 0x3d82ad2f, 0xbe7b1d8e, 0xbc92f8fb, 0xbcaedee6, 0x3e50fe76},
    {0x3d960510, 0x3d94cf09, 0xbeb4f2f0, 0x3c5e9f50, 0x3dbdaa4a, 0x3db60ad8},
    {0x3e3066cf, 0xbd680bbe, 0xbe957ff5, 0x3dd83f12, 0x3daf2dc4, 0x3eb55432},
    {0x3e47f927, 0xbdfa94e0, 0xbe304fde, 0x3d8ff9ef, 0x3ce524ec, 0x3ca76f50},
    {0x3b8dafcc, 0x3d1a959b, 0xbe3ddfe3, 0x3dafb38c, 0x3b017d79, 0xbf26189c},
    {0x3dbfd300, 0xbd5a2148, 0xbe5550d2, 0xbd832546, 0xbe5b12e2, 0xbedf3626},
    {0x3e900db1, 0x3c9f4bcd, 0xbe2f29df, 0xbd494c75, 0x3ce3af6a, 0x4000f18c},
    {0x3d3e6610, 0x3e0f4512, 0xbe87d152, 0x3dab2fa0, 0x3dd2831d, 0xbe7828be},
    {0x3e4e4cc2, 0xbcc1d6ad, 0xbea9812d, 0x3dd48816, 0x38af57a8, 0x3e059682},
    {0x3e5df803, 0xbdfbd27b, 0xbe9edddc, 0x3d7bb7c9, 0x3d944fab, 0x3ec3e9f1},
    {0xbd8257cc, 0xbe28d014, 0xbe7857ce, 0xbd88c6c5, 0xbdcc6bd1, 0x3f5ed159},
    {0x3db55b0a, 0x3e259901, 0xbe9e111a, 0xbd9f6444, 0xbe8351ce, 0xbffc4829},
    {0xbe60a2f8, 0xbe06d124, 0xbeae3aaf, 0x3e25c2d3, 0xbcfeae24, 0xbf9b5140},
    {0x3e71e7b4, 0xbb789ff6, 0xbe490444, 0x3db69365, 0xbd40fc34, 0xbf550947},
    {0x3e7933fd, 0xbe06c445, 0xbe818f63, 0x3d84aa62, 0xbe2ae5ec, 0xbf629765},
    {0xbe553293, 0xbd9fdd25, 0xbe419fa6, 0xbc24bc26, 0x3ce2ebef, 0xbeba8fa4},
    {0x3de8f866, 0x3e244b48, 0xbeb4c7cc, 0xbd86e0bc, 0xbcd54f31, 0xbf3b06f2},
    {0xbe700f01, 0xbb788d08, 0xbea7ec6d, 0x3dd278c3, 0xbe601bdd, 0xbfe342d5},
    {0xbe6ad412, 0x3e0d0ac5, 0xbe88ddd5, 0x3dea7630, 0x3d3dbeb5, 0x3f226cca},
};

// The number of vectors missed.
static inline int polynomial_test(void) {
    int missed = 0;
    for (int i = 0; i < POLYNOMIAL_VECTORS; i++) {
        union {
            uint32_t bits;
            float value;
        } number;
        float actions[POLYNOMIAL_ACTIONS];
        for (int j = 0; j < POLYNOMIAL_ACTIONS; j++) {
            POLYNOMIAL_COPY(number.bits, polynomial_vectors[i][j]);
            actions[j] = number.value;
        }
        POLYNOMIAL_COPY(number.bits, polynomial_vectors[i][POLYNOMIAL_ACTIONS]);
        const float difference = polynomial_predict(actions) - number.value;
        if (!(difference <= POLYNOMIAL_TOLERANCE && difference >= -POLYNOMIAL_TOLERANCE)) {
            missed++;
        }
        if (polynomial_support(actions) != POLYNOMIAL_INSIDE) {
            missed++;
        }
    }
    return missed;
}

#endif
